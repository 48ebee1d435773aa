"""hidden addresses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "referral", sa.Column("address_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "ix_referral_address_hidden",
        "referral",
        ["nhs_number_index"],
        unique=False,
        postgresql_where=sa.text("address_hidden"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_referral_address_hidden", table_name="referral", postgresql_where=sa.text("address_hidden")
    )
    op.drop_column("referral", "address_hidden")
