"""targets and annotations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "annotation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("community", sa.String(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("automatic", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind in ('change', 'rebase', 'definition', 'data-quality', 'event')",
            name=op.f("ck_annotation_kind"),
        ),
        sa.CheckConstraint("(automatic is null) = (origin is null)", name=op.f("ck_annotation_origin")),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_annotation_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint("origin", name=op.f("uq_annotation_origin")),
    )
    op.create_index(op.f("ix_annotation_month"), "annotation", ["month"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("community", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("baseline_period", sa.String(), nullable=True),
        sa.Column("baseline_grain", sa.String(), nullable=True),
        sa.Column("baseline_month", sa.Date(), nullable=True),
        sa.Column("baseline_numerator", sa.BigInteger(), nullable=True),
        sa.Column("baseline_denominator", sa.BigInteger(), nullable=True),
        sa.Column("baseline_known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.UUID(), nullable=True),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("grain in ('month', 'quarter', 'year')", name=op.f("ck_target_grain")),
        sa.CheckConstraint(
            "kind = 'value' or baseline_numerator is not null", name=op.f("ck_target_baseline")
        ),
        sa.CheckConstraint("kind in ('value', 'increase')", name=op.f("ck_target_kind")),
        sa.CheckConstraint("unit in ('count', 'percent')", name=op.f("ck_target_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(
        "ix_target_in_force", "target", ["measure", "community", "grain", "month", "set_at"], unique=False
    )
    op.create_index(
        "uq_target_standing",
        "target",
        ["measure", "community", "grain", "month"],
        unique=True,
        postgresql_where=sa.text("superseded_by is null"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_target_standing", table_name="target", postgresql_where=sa.text("superseded_by is null")
    )
    op.drop_index("ix_target_in_force", table_name="target")
    op.drop_table("target")
    op.drop_index(op.f("ix_annotation_month"), table_name="annotation")
    op.drop_table("annotation")
