"""care plans."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "care_plan",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("consent_to_share", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_care_plan_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint("case_id", "version", name=op.f("uq_care_plan_case_id_version")),
    )
    op.create_index(op.f("ix_care_plan_case_id"), "care_plan", ["case_id"], unique=False)
    op.create_table(
        "care_plan_audit",
        sa.Column("counted_age", sa.String(), nullable=True),
        sa.Column("counted_sex", sa.String(), nullable=True),
        sa.Column("counted_deprivation", sa.String(), nullable=True),
        sa.Column("counted_ethnicity", sa.String(), nullable=True),
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("audited_on", sa.Date(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_care_plan_audit_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan_audit")),
    )
    op.create_index(op.f("ix_care_plan_audit_case_id"), "care_plan_audit", ["case_id"], unique=False)
    op.create_index(
        "ix_care_plan_audit_counted", "care_plan_audit", ["counted_place", "counted_month"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_care_plan_audit_counted", table_name="care_plan_audit")
    op.drop_index(op.f("ix_care_plan_audit_case_id"), table_name="care_plan_audit")
    op.drop_table("care_plan_audit")
    op.drop_index(op.f("ix_care_plan_case_id"), table_name="care_plan")
    op.drop_table("care_plan")
