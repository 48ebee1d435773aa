"""invitations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "case_finding_member", sa.Column("status", sa.String(), server_default="found", nullable=False)
    )
    op.add_column("case_finding_member", sa.Column("referral_id", sa.UUID(), nullable=True))
    op.add_column("case_finding_member", sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_finding_member", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        op.f("ix_case_finding_member_referral_id"), "case_finding_member", ["referral_id"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_case_finding_member_referral_id_referral"),
        "case_finding_member",
        "referral",
        ["referral_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_case_finding_member_status"),
        "case_finding_member",
        "status in ('found', 'invited', 'accepted', 'declined')",
    )
    op.create_check_constraint(
        op.f("ck_case_finding_member_referral_id"),
        "case_finding_member",
        "(status = 'found') = (referral_id is null)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_case_finding_member_referral_id"), "case_finding_member", type_="check")
    op.drop_constraint(op.f("ck_case_finding_member_status"), "case_finding_member", type_="check")
    op.drop_constraint(
        op.f("fk_case_finding_member_referral_id_referral"), "case_finding_member", type_="foreignkey"
    )
    op.drop_index(op.f("ix_case_finding_member_referral_id"), table_name="case_finding_member")
    op.drop_column("case_finding_member", "answered_at")
    op.drop_column("case_finding_member", "invited_at")
    op.drop_column("case_finding_member", "referral_id")
    op.drop_column("case_finding_member", "status")
