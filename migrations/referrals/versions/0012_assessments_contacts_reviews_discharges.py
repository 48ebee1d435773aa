"""assessments contacts reviews discharges."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "assessment",
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
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("high_falls_risk", sa.Boolean(), nullable=False),
        sa.Column("newly_at_risk", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_assessment_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index(op.f("ix_assessment_case_id"), "assessment", ["case_id"], unique=False)
    op.create_index("ix_assessment_counted", "assessment", ["counted_place", "counted_month"], unique=False)
    op.create_table(
        "avoided_activity",
        sa.Column("counted_age", sa.String(), nullable=True),
        sa.Column("counted_sex", sa.String(), nullable=True),
        sa.Column("counted_deprivation", sa.String(), nullable=True),
        sa.Column("counted_ethnicity", sa.String(), nullable=True),
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("judged_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "judged_by in ('case-manager', 'person', 'carer', 'gp', 'hospital', 'mdt', 'partner')",
            name=op.f("ck_avoided_activity_judged_by"),
        ),
        sa.CheckConstraint(
            "kind in ('hospital-admission', 'ed-attendance', 'gp-visit', 'gp-advice', 'district-nurse-visit', 'outpatient', 'secondary-care-referral', 'appointment-saved', 'bed-day')",
            name=op.f("ck_avoided_activity_kind"),
        ),
        sa.CheckConstraint("units between 1 and 1000", name=op.f("ck_avoided_activity_units")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_avoided_activity_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avoided_activity")),
    )
    op.create_index(op.f("ix_avoided_activity_case_id"), "avoided_activity", ["case_id"], unique=False)
    op.create_index(
        "ix_avoided_activity_counted", "avoided_activity", ["counted_place", "counted_month"], unique=False
    )
    op.create_table(
        "case_contact",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("face_to_face", sa.Boolean(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_contact_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_contact")),
    )
    op.create_index(op.f("ix_case_contact_case_id"), "case_contact", ["case_id"], unique=False)
    op.create_table(
        "case_review",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("next_review_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_review_case_id_case_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_review")),
    )
    op.create_index(op.f("ix_case_review_case_id"), "case_review", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_case_review_case_id"), table_name="case_review")
    op.drop_table("case_review")
    op.drop_index(op.f("ix_case_contact_case_id"), table_name="case_contact")
    op.drop_table("case_contact")
    op.drop_index("ix_avoided_activity_counted", table_name="avoided_activity")
    op.drop_index(op.f("ix_avoided_activity_case_id"), table_name="avoided_activity")
    op.drop_table("avoided_activity")
    op.drop_index("ix_assessment_counted", table_name="assessment")
    op.drop_index(op.f("ix_assessment_case_id"), table_name="assessment")
    op.drop_table("assessment")
