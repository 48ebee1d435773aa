"""kept cells."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "kept_cell",
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("breakdown_key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("breakdowns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint(
            "known_at", "measure", "month", "place", "breakdown_key", "source", name=op.f("pk_kept_cell")
        ),
    )


def downgrade() -> None:
    op.drop_table("kept_cell")
