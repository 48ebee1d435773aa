"""triage and cases."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "case_record",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discharged_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'discharged') = (discharged_on is not null)", name=op.f("ck_case_record_discharged_on")
        ),
        sa.CheckConstraint("status in ('open', 'discharged')", name=op.f("ck_case_record_status")),
        sa.CheckConstraint(
            "(discharged_on is null) = (outcome is null)", name=op.f("ck_case_record_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_case_record_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
    )
    op.create_index(op.f("ix_case_record_referral_id"), "case_record", ["referral_id"], unique=False)
    op.create_index(
        "uq_case_record_open",
        "case_record",
        ["referral_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "referral_triage",
        sa.Column("counted_month", sa.Date(), nullable=False),
        sa.Column("counted_place", sa.String(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision in ('accept', 'reject')", name=op.f("ck_referral_triage_decision")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_triage_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_triage")),
    )
    op.create_index(
        "ix_referral_triage_counted", "referral_triage", ["counted_place", "counted_month"], unique=False
    )
    op.create_index(op.f("ix_referral_triage_referral_id"), "referral_triage", ["referral_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_referral_triage_referral_id"), table_name="referral_triage")
    op.drop_index("ix_referral_triage_counted", table_name="referral_triage")
    op.drop_table("referral_triage")
    op.drop_index(
        "uq_case_record_open", table_name="case_record", postgresql_where=sa.text("status = 'open'")
    )
    op.drop_index(op.f("ix_case_record_referral_id"), table_name="case_record")
    op.drop_table("case_record")
