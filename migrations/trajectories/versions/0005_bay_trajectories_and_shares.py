"""bay trajectories and shares."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# What was decided is evidence: nobody changes it by mistake, not even by hand.
KEEP_DECIDED = """
    create function keep_decided() returns trigger language plpgsql as $$
    begin
        if old.status <> 'draft' then
            raise exception 'a decided version never changes';
        end if;
        return new;
    end $$
"""
KEEP_SHARES = """
    create function keep_shares() returns trigger language plpgsql as $$
    begin
        raise exception 'the shares of a version never change';
    end $$
"""


def upgrade() -> None:
    op.create_table(
        "bay_trajectory",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("year", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("annual", sa.BigInteger(), nullable=True),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("months", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('provisional', 'agreed')", name=op.f("ck_bay_trajectory_status")),
        sa.CheckConstraint("extract(day from first_month) = 1", name=op.f("ck_bay_trajectory_first_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bay_trajectory")),
        sa.UniqueConstraint(
            "measure", "year", "version", name=op.f("uq_bay_trajectory_measure_year_version")
        ),
    )
    op.create_index(
        "ix_bay_trajectory_in_force", "bay_trajectory", ["measure", "first_month", "made_at"], unique=False
    )
    op.create_table(
        "trajectory_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("bay_trajectory_id", sa.UUID(), nullable=False),
        sa.Column("window_months", sa.Integer(), nullable=False),
        sa.Column("lag_months", sa.Integer(), nullable=False),
        sa.Column("window_first", sa.Date(), nullable=False),
        sa.Column("window_last", sa.Date(), nullable=False),
        sa.Column(
            "excluded_months", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False
        ),
        sa.Column("excluded_reason", sa.String(), nullable=True),
        sa.Column("blocked", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("new_practices", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("sources", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("data_known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registry_digest", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="draft", nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'draft') = (decided_at is null)", name=op.f("ck_trajectory_version_decided")
        ),
        sa.CheckConstraint(
            "new_practices in ('literal', 'annualised')", name=op.f("ck_trajectory_version_new_practices")
        ),
        sa.CheckConstraint(
            "status in ('draft', 'approved', 'rejected')", name=op.f("ck_trajectory_version_status")
        ),
        sa.ForeignKeyConstraint(
            ["bay_trajectory_id"],
            ["bay_trajectory.id"],
            name=op.f("fk_trajectory_version_bay_trajectory_id_bay_trajectory"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trajectory_version")),
    )
    op.create_index(
        "ix_trajectory_version_in_force",
        "trajectory_version",
        ["measure", "status", "effective_from", "decided_at"],
        unique=False,
    )
    op.create_index(
        "uq_trajectory_version_draft",
        "trajectory_version",
        ["measure", "effective_from"],
        unique=True,
        postgresql_where=sa.text("status = 'draft' and superseded_by is null"),
    )
    op.create_table(
        "trajectory_share",
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("months_seen", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("integers", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.CheckConstraint("kind in ('community', 'practice')", name=op.f("ck_trajectory_share_kind")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["trajectory_version.id"],
            name=op.f("fk_trajectory_share_version_id_trajectory_version"),
        ),
        sa.PrimaryKeyConstraint("version_id", "place", name=op.f("pk_trajectory_share")),
    )
    op.execute(KEEP_DECIDED)
    op.execute(KEEP_SHARES)
    op.execute(
        "create trigger keep_decided before update on trajectory_version for each row execute function keep_decided()"
    )
    op.execute(
        "create trigger keep_shares before update on trajectory_share for each row execute function keep_shares()"
    )


def downgrade() -> None:
    op.drop_table("trajectory_share")
    op.drop_index(
        "uq_trajectory_version_draft",
        table_name="trajectory_version",
        postgresql_where=sa.text("status = 'draft' and superseded_by is null"),
    )
    op.drop_index("ix_trajectory_version_in_force", table_name="trajectory_version")
    op.drop_table("trajectory_version")
    op.drop_index("ix_bay_trajectory_in_force", table_name="bay_trajectory")
    op.drop_table("bay_trajectory")
    op.execute("drop function keep_shares()")
    op.execute("drop function keep_decided()")
