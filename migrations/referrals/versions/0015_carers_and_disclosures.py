"""carers and disclosures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("org", sa.String(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("until > opened_at", name=op.f("ck_break_glass_until")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_break_glass_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    op.create_index(
        "ix_break_glass_referral_id", "break_glass", ["referral_id", "client", "until"], unique=False
    )
    op.create_table(
        "carer",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("relationship", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("consent_given_by", sa.String(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=False),
        sa.Column("offered_assessment_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "consent_given_by in ('self', 'attorney', 'parental-responsibility', 'best-interests')",
            name=op.f("ck_carer_consent_given_by"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_carer_case_id_case_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carer")),
    )
    op.create_index(op.f("ix_carer_case_id"), "carer", ["case_id"], unique=False)
    op.create_index("ix_carer_counted", "carer", ["counted_place", "counted_month"], unique=False)
    op.create_table(
        "carer_assessment",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("carer_id", sa.UUID(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["carer_id"], ["carer.id"], name=op.f("fk_carer_assessment_carer_id_carer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carer_assessment")),
        sa.UniqueConstraint("carer_id", name=op.f("uq_carer_assessment_carer_id")),
    )
    op.create_index(
        "ix_carer_assessment_counted", "carer_assessment", ["counted_place", "counted_month"], unique=False
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("parts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.Column("consent_id", sa.UUID(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('onward-referral', 'care-plan', 'break-glass')", name=op.f("ck_disclosure_kind")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_disclosure_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_disclosure_consent_id_consent")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index("ix_disclosure_case_id", "disclosure", ["case_id", "seq"], unique=False)
    op.create_index("ix_disclosure_subject", "disclosure", ["subject"], unique=False)
    op.drop_column("onward_referral", "read_at")


def downgrade() -> None:
    op.add_column(
        "onward_referral",
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=True),
    )
    op.drop_index("ix_disclosure_subject", table_name="disclosure")
    op.drop_index("ix_disclosure_case_id", table_name="disclosure")
    op.drop_table("disclosure")
    op.drop_index("ix_carer_assessment_counted", table_name="carer_assessment")
    op.drop_table("carer_assessment")
    op.drop_index("ix_carer_counted", table_name="carer")
    op.drop_index(op.f("ix_carer_case_id"), table_name="carer")
    op.drop_table("carer")
    op.drop_index("ix_break_glass_referral_id", table_name="break_glass")
    op.drop_table("break_glass")
