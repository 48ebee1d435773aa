"""snapshots of worklists."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "worklist_day",
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("known_at", name=op.f("pk_worklist_day")),
    )


def downgrade() -> None:
    op.drop_table("worklist_day")
