"""case finding."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "case_finding_cohort",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_finding_cohort")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_case_finding_cohort_owner_name")),
    )
    op.create_table(
        "case_finding_list",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cohort_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("quarantined", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["case_finding_cohort.id"],
            name=op.f("fk_case_finding_list_cohort_id_case_finding_cohort"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_finding_list")),
    )
    op.create_index(op.f("ix_case_finding_list_cohort_id"), "case_finding_list", ["cohort_id"], unique=False)
    op.create_table(
        "case_finding_member",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("cohort_id", sa.UUID(), nullable=False),
        sa.Column("list_id", sa.UUID(), nullable=False),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("practice", sa.String(), nullable=False),
        sa.Column("icc", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("score", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("nhs_number", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "band in ('fit', 'mild', 'moderate', 'severe')", name=op.f("ck_case_finding_member_band")
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["case_finding_cohort.id"],
            name=op.f("fk_case_finding_member_cohort_id_case_finding_cohort"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["case_finding_list.id"],
            name=op.f("fk_case_finding_member_list_id_case_finding_list"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_finding_member")),
        sa.UniqueConstraint(
            "cohort_id", "pseudonym", name=op.f("uq_case_finding_member_cohort_id_pseudonym")
        ),
    )
    op.create_index(
        "ix_case_finding_member_cohort_id", "case_finding_member", ["cohort_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_case_finding_member_cohort_id", table_name="case_finding_member")
    op.drop_table("case_finding_member")
    op.drop_index(op.f("ix_case_finding_list_cohort_id"), table_name="case_finding_list")
    op.drop_table("case_finding_list")
    op.drop_table("case_finding_cohort")
