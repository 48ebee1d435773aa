"""onward referrals and consents."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(scope = 'share-with-partner') = (partner is not null)", name=op.f("ck_consent_partner")
        ),
        sa.CheckConstraint(
            "given_by in ('self', 'attorney', 'parental-responsibility', 'best-interests')",
            name=op.f("ck_consent_given_by"),
        ),
        sa.CheckConstraint(
            "scope in ('share-with-hospital', 'share-with-partner')", name=op.f("ck_consent_scope")
        ),
        sa.CheckConstraint("withdrawn_on >= given_on", name=op.f("ck_consent_withdrawn_on")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_consent_case_id_case_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_case_id", "consent", ["case_id", "seq"], unique=False)
    op.create_table(
        "onward_referral",
        sa.Column("counted_age", sa.String(), nullable=True),
        sa.Column("counted_sex", sa.String(), nullable=True),
        sa.Column("counted_deprivation", sa.String(), nullable=True),
        sa.Column("counted_ethnicity", sa.String(), nullable=True),
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("consent_id", sa.UUID(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'completed') = (completed_at is not null)",
            name=op.f("ck_onward_referral_completed_at"),
        ),
        sa.CheckConstraint(
            "(status = 'recalled') = (recalled_at is not null)", name=op.f("ck_onward_referral_recalled_at")
        ),
        sa.CheckConstraint(
            "answered_by in ('partner', 'link', 'case-manager')", name=op.f("ck_onward_referral_answered_by")
        ),
        sa.CheckConstraint(
            "status in ('sent', 'received', 'declined', 'completed', 'recalled')",
            name=op.f("ck_onward_referral_status"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_onward_referral_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_onward_referral_consent_id_consent")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_onward_referral_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onward_referral")),
    )
    op.create_index(op.f("ix_onward_referral_case_id"), "onward_referral", ["case_id"], unique=False)
    op.create_index(op.f("ix_onward_referral_consent_id"), "onward_referral", ["consent_id"], unique=False)
    op.create_index(
        "ix_onward_referral_counted", "onward_referral", ["counted_month", "counted_place"], unique=False
    )
    op.create_index("ix_onward_referral_partner", "onward_referral", ["partner", "id"], unique=False)
    op.create_index(op.f("ix_onward_referral_referral_id"), "onward_referral", ["referral_id"], unique=False)
    op.create_index("ix_onward_referral_service", "onward_referral", ["service", "id"], unique=False)
    op.create_index("uq_onward_referral_link_hash", "onward_referral", ["link_hash"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_onward_referral_link_hash", table_name="onward_referral")
    op.drop_index("ix_onward_referral_service", table_name="onward_referral")
    op.drop_index(op.f("ix_onward_referral_referral_id"), table_name="onward_referral")
    op.drop_index("ix_onward_referral_partner", table_name="onward_referral")
    op.drop_index("ix_onward_referral_counted", table_name="onward_referral")
    op.drop_index(op.f("ix_onward_referral_consent_id"), table_name="onward_referral")
    op.drop_index(op.f("ix_onward_referral_case_id"), table_name="onward_referral")
    op.drop_table("onward_referral")
    op.drop_index("ix_consent_case_id", table_name="consent")
    op.drop_table("consent")
