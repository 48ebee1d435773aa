"""bands of people."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("referral", sa.Column("counted_age", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("counted_sex", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("counted_deprivation", sa.String(), nullable=True))
    op.add_column("referral", sa.Column("counted_ethnicity", sa.String(), nullable=True))
    op.add_column("referral_triage", sa.Column("counted_age", sa.String(), nullable=True))
    op.add_column("referral_triage", sa.Column("counted_sex", sa.String(), nullable=True))
    op.add_column("referral_triage", sa.Column("counted_deprivation", sa.String(), nullable=True))
    op.add_column("referral_triage", sa.Column("counted_ethnicity", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("referral_triage", "counted_ethnicity")
    op.drop_column("referral_triage", "counted_deprivation")
    op.drop_column("referral_triage", "counted_sex")
    op.drop_column("referral_triage", "counted_age")
    op.drop_column("referral", "counted_ethnicity")
    op.drop_column("referral", "counted_deprivation")
    op.drop_column("referral", "counted_sex")
    op.drop_column("referral", "counted_age")
