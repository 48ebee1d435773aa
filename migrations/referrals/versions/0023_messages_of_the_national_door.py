"""Messages of the national door."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "fhir_message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("org", sa.String(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("correlation_id", sa.UUID(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_key", sa.LargeBinary(), nullable=False),
        sa.Column("act", sa.String(), nullable=True),
        sa.Column("referral_id", sa.UUID(), nullable=True),
        sa.Column("bundle_id", sa.UUID(), nullable=True),
        sa.Column("use_case", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("failure", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("act in ('new', 'update', 'cancel')", name=op.f("ck_fhir_message_act")),
        sa.CheckConstraint("(act is null) = (failure is not null)", name=op.f("ck_fhir_message_failure")),
        sa.CheckConstraint("(act is null) = (raw is null)", name=op.f("ck_fhir_message_raw")),
        sa.CheckConstraint("(act is null) = (referral_id is null)", name=op.f("ck_fhir_message_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fhir_message")),
        sa.UniqueConstraint(
            "org", "request_id", "correlation_id", name=op.f("uq_fhir_message_org_request_id_correlation_id")
        ),
    )
    op.create_index(op.f("ix_fhir_message_referral_id"), "fhir_message", ["referral_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_fhir_message_referral_id"), table_name="fhir_message")
    op.drop_table("fhir_message")
