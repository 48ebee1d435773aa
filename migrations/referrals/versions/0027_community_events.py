"""community events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "community_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recurring", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rrule", sa.String(), nullable=True),
        sa.Column("communities", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("ages", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("needs", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("topics", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("status in ('planned', 'cancelled')", name=op.f("ck_community_event_status")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_community_event_ends_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_event")),
        sa.UniqueConstraint("uid", "number", name=op.f("uq_community_event_uid_number")),
    )
    op.create_index("ix_community_event_starts_at", "community_event", ["starts_at", "id"], unique=False)
    op.create_table(
        "event_result",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("findings", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("signposted", sa.Integer(), nullable=False),
        sa.Column("referred", sa.Integer(), nullable=False),
        sa.Column("feedback_n", sa.Integer(), nullable=True),
        sa.Column("feedback_of", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "greatest(checked, signposted, referred) <= attended", name=op.f("ck_event_result_attended")
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["community_event.id"], name=op.f("fk_event_result_id_community_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_result")),
    )
    op.create_index(
        "ix_event_result_counted", "event_result", ["counted_place", "counted_month"], unique=False
    )
    op.create_table(
        "event_checks",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event_result.id"], name=op.f("fk_event_checks_event_id_event_result")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_checks")),
        sa.UniqueConstraint("event_id", "found", name=op.f("uq_event_checks_event_id_found")),
    )
    op.create_index(
        "ix_event_checks_counted", "event_checks", ["counted_place", "counted_month"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_event_checks_counted", table_name="event_checks")
    op.drop_table("event_checks")
    op.drop_index("ix_event_result_counted", table_name="event_result")
    op.drop_table("event_result")
    op.drop_index("ix_community_event_starts_at", table_name="community_event")
    op.drop_table("community_event")
