"""directory."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "directory_entry",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("communities", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("open", sa.String(), nullable=True),
        sa.Column("assured_on", sa.Date(), nullable=True),
        sa.Column("told", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind in ('voluntary', 'faith', 'housing', 'police', 'fire', 'education', 'employer', 'council', 'health', 'community-group')",
            name=op.f("ck_directory_entry_kind"),
        ),
        sa.CheckConstraint("open in ('yes', 'waiting-list', 'no')", name=op.f("ck_directory_entry_open")),
        sa.CheckConstraint(
            "what = 'service' or (partner is null and kind is not null)",
            name=op.f("ck_directory_entry_partner"),
        ),
        sa.CheckConstraint("what in ('partner', 'service')", name=op.f("ck_directory_entry_what")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_directory_entry")),
    )


def downgrade() -> None:
    op.drop_table("directory_entry")
