"""publications."""

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
        "disclosed_state",
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("states", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("family", "party", "quarter", name=op.f("pk_disclosed_state")),
    )
    op.create_table(
        "publication",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=True),
        sa.Column(
            "published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.CheckConstraint("(day is null) = (reason is not null)", name=op.f("ck_publication_day_or_reason")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_publication")),
        sa.UniqueConstraint("day", name=op.f("uq_publication_day")),
        sa.UniqueConstraint("id", name=op.f("uq_publication_id")),
    )
    op.create_index(op.f("ix_publication_published_at"), "publication", ["published_at"], unique=False)
    op.create_table(
        "published_cell",
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("breakdown", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("tenths", sa.BigInteger(), nullable=True),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure", "place", "grain", "month", "breakdown", "since", name=op.f("pk_published_cell")
        ),
    )
    op.create_table(
        "published_measure",
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("origins", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("begun", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("measure", "since", name=op.f("pk_published_measure")),
    )


def downgrade() -> None:
    op.drop_table("published_measure")
    op.drop_table("published_cell")
    op.drop_index(op.f("ix_publication_published_at"), table_name="publication")
    op.drop_table("publication")
    op.drop_table("disclosed_state")
