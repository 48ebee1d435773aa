"""Owing an answer: written in the transaction of the decision that it tells."""

from uuid import UUID

from sqlalchemy import text

from services.referrals.deliveries.rules import OUTCOMES, SETTLED
from shared.db.bare import Bare
from shared.ids import new_id
from shared.service.acting import Act
from shared.work.nudges import note_nudge

ANSWERS = "answers"
"""The topic by which the worker is rung."""
# Only what came in by a message is answered, and its first message is what the answer is to.
_OWE = Bare("""
    insert into delivery (id, referral_id, message_id, org, version, outcome, reason_code, created_at, next_at)
    select :id, referral_id, id, org, :version, :outcome, :reason_code, :now, :now
      from fhir_message where referral_id = :referral_id and act = 'new' and org is distinct from :known_to
    returning 1
""")
# The last word of the one who was told stands, whatever HTTP said of the attempt.
_REPLIED = text("""
    update delivery set status = coalesce(:status, status), settled_at = case when :status is null then settled_at else :now end
     where id = :id
""")


async def owe_answer(
    act: Act, referral_id: UUID, *, step: str, version: int, reason: str | None, known_to: str | None
) -> None:
    """Let the sender of a message be told what a step made of the request. version: the referral's after it.

    reason: the code of why it ended.   known_to: who took the step, where a sender that took it itself is owed nothing.
    """
    if step not in OUTCOMES:
        return
    given = {
        "id": new_id(),
        "referral_id": referral_id,
        "version": version,
        "outcome": OUTCOMES[step],
        "reason_code": reason,
        "known_to": known_to,
        "now": act.now,
    }
    if await _OWE.rows(act.session, given):
        note_nudge(act.session, ANSWERS)


async def reply_to_answer(act: Act, answer_id: UUID, *, code: str) -> None:
    """Settle an answer by what its receiver says of it."""
    connection = await act.session.connection()
    await connection.execute(_REPLIED, {"id": answer_id, "status": SETTLED.get(code), "now": act.now})
    await act.happened("delivery.answered", resource_type="delivery", resource_id=answer_id)
