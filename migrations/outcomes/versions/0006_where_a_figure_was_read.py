"""where a figure was read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("feed_figure", sa.Column("sheet", sa.String(), nullable=True))
    op.add_column("feed_figure", sa.Column("cell", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("feed_figure", "cell")
    op.drop_column("feed_figure", "sheet")
