"""Measurements of people by pseudonym; btree_gist keeps firsts of one person 24 months apart."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # A trusted extension: the owner of the database may make it.
    op.execute("create extension if not exists btree_gist")
    op.create_table(
        "measurement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=True),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("episode", sa.String(), nullable=True),
        sa.Column("episode_id", sa.UUID(), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("icc", sa.String(), nullable=False),
        sa.Column("practice", sa.String(), nullable=True),
        sa.Column("programme", sa.String(), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("score", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("metric", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("band", sa.String(), nullable=True),
        sa.Column("band_set", sa.String(), nullable=True),
        sa.Column("reported_level", sa.Integer(), nullable=True),
        sa.Column("value", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("target", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("given", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("age_band", sa.String(), nullable=True),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("supersedes", sa.UUID(), nullable=True),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("person"), "="),
            (sa.column("instrument"), "="),
            (sa.text("daterange(taken_on, (taken_on + '2 years'::interval)::date)"), "&&"),
            where=sa.text("occasion = 'first' and superseded_by is null and episode is null"),
            using="gist",
            name="ex_measurement_first",
        ),
        sa.CheckConstraint(
            "occasion in ('first', 'repeat', 'follow-up')", name=op.f("ck_measurement_occasion")
        ),
        sa.ForeignKeyConstraint(
            ["episode_id"], ["measurement.id"], name=op.f("fk_measurement_episode_id_measurement")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["measurement.id"], name=op.f("fk_measurement_supersedes_measurement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
    )
    op.create_index("ix_measurement_episode_id", "measurement", ["episode_id"], unique=False)
    op.create_index(
        "ix_measurement_figures",
        "measurement",
        ["instrument", "icc", "taken_on"],
        unique=False,
        postgresql_where=sa.text("superseded_by is null"),
    )
    op.create_index(
        "ix_measurement_person", "measurement", ["person", "instrument", "taken_on"], unique=False
    )
    op.create_index(
        "uq_measurement_first",
        "measurement",
        ["person", "instrument", "episode"],
        unique=True,
        postgresql_where=sa.text("occasion = 'first' and superseded_by is null and episode is not null"),
    )
    op.create_index("uq_measurement_supersedes", "measurement", ["supersedes"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_measurement_supersedes", table_name="measurement")
    op.drop_index(
        "uq_measurement_first",
        table_name="measurement",
        postgresql_where=sa.text("occasion = 'first' and superseded_by is null and episode is not null"),
    )
    op.drop_index("ix_measurement_person", table_name="measurement")
    op.drop_index(
        "ix_measurement_figures", table_name="measurement", postgresql_where=sa.text("superseded_by is null")
    )
    op.drop_index("ix_measurement_episode_id", table_name="measurement")
    op.drop_table("measurement")
    op.execute("drop extension btree_gist")
