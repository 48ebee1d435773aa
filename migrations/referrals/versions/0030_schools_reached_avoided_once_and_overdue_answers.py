"""schools reached, activity avoided once, and answers that are overdue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SCHOOLS = ("community_training", "event_result")


def upgrade() -> None:
    for table in _SCHOOLS:
        schools = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
        op.add_column(table, sa.Column("schools", schools, server_default="[]", nullable=False))
    op.add_column("onward_referral", sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True))
    # Nobody is told today of what has been overdue for long.
    op.execute("update onward_referral set overdue_at = now() where due_at < now()")
    op.create_index(
        "ix_onward_referral_awaited",
        "onward_referral",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status in ('sent', 'received') and overdue_at is null"),
    )
    op.add_column("avoided_activity", sa.Column("stated", sa.Integer(), nullable=True))
    op.add_column("avoided_activity", sa.Column("since", sa.Date(), nullable=True))
    op.add_column("avoided_activity", sa.Column("until", sa.Date(), nullable=True))
    # Of which days earlier statements spoke is not known for sure: the month in which they count is.
    op.execute("""
        update avoided_activity set stated = units, since = counted_month,
               until = (counted_month + interval '1 month' - interval '1 day')::date
    """)
    for column in ("stated", "since", "until"):
        op.alter_column("avoided_activity", column, nullable=False)
    op.drop_constraint(op.f("ck_avoided_activity_units"), "avoided_activity", type_="check")
    op.create_check_constraint(
        op.f("ck_avoided_activity_stated"), "avoided_activity", "stated between 1 and 1000"
    )
    op.create_check_constraint(
        op.f("ck_avoided_activity_units"), "avoided_activity", "units between 0 and stated"
    )
    op.create_check_constraint(op.f("ck_avoided_activity_until"), "avoided_activity", "since <= until")


def downgrade() -> None:
    for name in ("stated", "units", "until"):
        op.drop_constraint(op.f(f"ck_avoided_activity_{name}"), "avoided_activity", type_="check")
    op.execute("update avoided_activity set units = stated")
    op.create_check_constraint(
        op.f("ck_avoided_activity_units"), "avoided_activity", "units between 1 and 1000"
    )
    for column in ("until", "since", "stated"):
        op.drop_column("avoided_activity", column)
    op.drop_index(
        "ix_onward_referral_awaited",
        table_name="onward_referral",
        postgresql_where=sa.text("status in ('sent', 'received') and overdue_at is null"),
    )
    op.drop_column("onward_referral", "overdue_at")
    for table in _SCHOOLS:
        op.drop_column(table, "schools")
