"""what a return changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "feed_submission",
        sa.Column("changes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column("feed_submission", sa.Column("changes_total", sa.Integer(), nullable=True))
    op.add_column(
        "feed_submission",
        sa.Column("superseded", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )


def downgrade() -> None:
    op.drop_column("feed_submission", "superseded")
    op.drop_column("feed_submission", "changes_total")
    op.drop_column("feed_submission", "changes")
