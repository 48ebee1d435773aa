"""Owing an answer: written in the transaction of the decision that it tells."""

from uuid import UUID

from sqlalchemy import text

from services.referrals.deliveries.rules import OUTCOMES
from shared.ids import new_id
from shared.service.acting import Act
from shared.work.nudges import note_nudge

ANSWERS = "answers"
"""The topic by which the worker is rung."""
# Only what came in by a message is answered, and its first message is what the answer is to.
_OWE = text("""
    insert into delivery (id, referral_id, message_id, org, version, outcome, created_at, next_at)
    select :id, referral_id, id, org, :version, :outcome, :now, :now
      from fhir_message where referral_id = :referral_id and act = 'new'
    returning 1
""")


async def owe_answer(act: Act, referral_id: UUID, *, step: str, version: int) -> None:
    """Let the sender of a message be told what a step made of the request. version: the referral's after it."""
    if step not in OUTCOMES:
        return
    given = {
        "id": new_id(),
        "referral_id": referral_id,
        "version": version,
        "outcome": OUTCOMES[step],
        "now": act.now,
    }
    connection = await act.session.connection()
    if (await connection.execute(_OWE, given)).first() is not None:
        note_nudge(act.session, ANSWERS)
