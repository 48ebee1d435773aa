"""days of facts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "fact_day",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "day", name=op.f("pk_fact_day")),
    )


def downgrade() -> None:
    op.drop_table("fact_day")
