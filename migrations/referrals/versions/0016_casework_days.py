"""casework days."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "casework_day",
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rates", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("known_at", name=op.f("pk_casework_day")),
    )


def downgrade() -> None:
    op.drop_table("casework_day")
