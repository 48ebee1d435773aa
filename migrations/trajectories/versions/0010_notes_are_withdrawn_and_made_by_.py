"""notes are withdrawn and made by restatements."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "annotation_scan",
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("author", "epoch", name=op.f("pk_annotation_scan")),
    )
    op.add_column("annotation", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("annotation", sa.Column("withdrawn_by", sa.String(), nullable=True))
    op.add_column("annotation", sa.Column("withdrawn_reason", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_annotation_withdrawn"), "annotation", "(withdrawn_at is null) = (withdrawn_reason is null)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_annotation_withdrawn"), "annotation", type_="check")
    op.drop_column("annotation", "withdrawn_reason")
    op.drop_column("annotation", "withdrawn_by")
    op.drop_column("annotation", "withdrawn_at")
    op.drop_table("annotation_scan")
