"""activity."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "activity_part",
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sent", sa.String(), nullable=False),
        sa.Column("breakdown_key", sa.String(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "measure", "month", "place", "sent", "breakdown_key", name=op.f("pk_activity_part")
        ),
    )
    op.create_table(
        "activity_submission",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column(
            "measures",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("org", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=True),
        sa.Column("last_month", sa.Date(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.Column(
            "errors",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("errors_total", sa.Integer(), nullable=False),
        sa.Column(
            "warnings",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column(
            "changes",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("changes_total", sa.Integer(), nullable=False),
        sa.Column(
            "superseded",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('accepted', 'rejected')", name=op.f("ck_activity_submission_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_submission")),
    )
    op.create_index(
        "uq_activity_submission_live",
        "activity_submission",
        ["measure", "sha256"],
        unique=True,
        postgresql_where=sa.text("live"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_activity_submission_live", table_name="activity_submission", postgresql_where=sa.text("live")
    )
    op.drop_table("activity_submission")
    op.drop_table("activity_part")
