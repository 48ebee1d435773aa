"""repeat measures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "measure_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_measure_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_source")),
    )
    op.create_table(
        "measure_check",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_measure_check_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_measure_check")),
    )


def downgrade() -> None:
    op.drop_table("measure_check")
    op.drop_table("measure_source")
