"""replies to answers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_ACT = "ck_fhir_message_act"
# Why an answer that is still tried was cancelled stood with the decision until now.
_REASONS = """
    update delivery set reason_code = (
        select t.reason_code from referral_triage t where t.referral_id = delivery.referral_id and t.decision <> 'accept'
         order by t.decided_at desc limit 1)
     where outcome = 'cancelled' and status = 'sent'
"""


def upgrade() -> None:
    op.add_column("delivery", sa.Column("reason_code", sa.String(), nullable=True))
    op.execute(_REASONS)
    op.create_index(
        "ix_fhir_message_refused",
        "fhir_message",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("act is null"),
    )
    op.drop_constraint(op.f(_ACT), "fhir_message", type_="check")
    op.create_check_constraint(op.f(_ACT), "fhir_message", "act in ('new', 'update', 'cancel', 'response')")


def downgrade() -> None:
    op.execute("delete from fhir_message where act = 'response'")
    op.drop_constraint(op.f(_ACT), "fhir_message", type_="check")
    op.create_check_constraint(op.f(_ACT), "fhir_message", "act in ('new', 'update', 'cancel')")
    op.drop_index(
        "ix_fhir_message_refused", table_name="fhir_message", postgresql_where=sa.text("act is null")
    )
    op.drop_column("delivery", "reason_code")
