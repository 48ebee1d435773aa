"""months a return withdraws."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "feed_submission", sa.Column("stated_withdrawal", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("feed_submission", "stated_withdrawal")
