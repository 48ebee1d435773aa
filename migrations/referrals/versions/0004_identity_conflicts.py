"""identity conflicts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "referral_conflict",
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.CheckConstraint("referral_id <> other_id", name=op.f("ck_referral_conflict_other_id")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["referral.id"], name=op.f("fk_referral_conflict_other_id_referral")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_conflict_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("referral_id", "other_id", name=op.f("pk_referral_conflict")),
    )
    op.create_index(op.f("ix_referral_conflict_other_id"), "referral_conflict", ["other_id"], unique=False)
    op.add_column("referral", sa.Column("identity_index", sa.LargeBinary(), nullable=True))
    op.drop_index(
        op.f("ix_referral_nhs_number_index"),
        table_name="referral",
        postgresql_where="(nhs_number_index IS NOT NULL)",
    )
    op.create_index(
        "ix_referral_person",
        "referral",
        ["nhs_number_index", "identity_index"],
        unique=False,
        postgresql_where=sa.text("nhs_number_index is not null"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_referral_person", table_name="referral", postgresql_where=sa.text("nhs_number_index is not null")
    )
    op.create_index(
        op.f("ix_referral_nhs_number_index"),
        "referral",
        ["nhs_number_index"],
        unique=False,
        postgresql_where="(nhs_number_index IS NOT NULL)",
    )
    op.drop_column("referral", "identity_index")
    op.drop_index(op.f("ix_referral_conflict_other_id"), table_name="referral_conflict")
    op.drop_table("referral_conflict")
