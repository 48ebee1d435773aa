"""summaries are disclosed."""

from collections.abc import Sequence

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_disclosure_kind"), "disclosure", type_="check")
    op.create_check_constraint(
        op.f("ck_disclosure_kind"),
        "disclosure",
        "kind in ('onward-referral', 'care-plan', 'summary', 'break-glass')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_disclosure_kind"), "disclosure", type_="check")
    op.create_check_constraint(
        op.f("ck_disclosure_kind"), "disclosure", "kind in ('onward-referral', 'care-plan', 'break-glass')"
    )
