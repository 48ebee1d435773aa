"""tracing and cover."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "worklist_cover",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("for_client", sa.String(), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("for_client <> by_client", name=op.f("ck_worklist_cover_by_client")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_worklist_cover_to_on")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_cover")),
    )
    op.create_index(
        "ix_worklist_cover_by_client", "worklist_cover", ["by_client", "from_on", "to_on"], unique=False
    )
    op.create_index(
        "ix_referral_tracing",
        "referral",
        ["id"],
        unique=False,
        postgresql_where=sa.text("identity = 'tracing'"),
    )
    op.add_column("referral_conflict", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "referral_conflict",
        sa.Column("found_later", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("referral_conflict", "found_later")
    op.drop_column("referral_conflict", "settled_at")
    op.drop_index(
        "ix_referral_tracing", table_name="referral", postgresql_where=sa.text("identity = 'tracing'")
    )
    op.drop_index("ix_worklist_cover_by_client", table_name="worklist_cover")
    op.drop_table("worklist_cover")
