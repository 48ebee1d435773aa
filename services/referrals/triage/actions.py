"""The only writers of decisions: each moves the referral by the state table."""

from collections.abc import Mapping
from uuid import UUID

from services.referrals.cases.actions import discharge_case, open_case
from services.referrals.database import bands_of
from services.referrals.records.actions import hold_referral, move, prioritise
from services.referrals.records.answers import answer_to_act
from services.referrals.records.events import happened
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import WORK, owner_of
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.rules import reason_faults, triage_faults
from services.referrals.triage.schemas import TriageRequest, WithdrawalRequest
from services.referrals.triage.tables import TRIAGED_TOPIC, Triage
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import Month
from shared.problems import Forbidden, Invalid
from shared.service.acting import Act


async def triage_referral(
    act: Act, referral_id: UUID, decided: TriageRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Accept a referral, which opens its case, or reject it. Raises NotFound, PreconditionFailed, Conflict, Invalid."""
    referral = await hold_referral(act, referral_id, expected)
    faults = triage_faults(
        decision=decided.decision,
        code=decided.reason_code,
        changes_priority=decided.priority is not None,
        decisions_of=_decisions_of(),
    )
    if errors := list(faults):
        raise Invalid(errors=errors)
    in_time = act.now <= referral.triage_by
    move(referral, decided.decision)
    if decided.priority is not None:
        prioritise(act, referral, decided.priority)
    if decided.decision == "accept":
        open_case(act, referral)
    triage_id = new_id()
    act.session.add(
        Triage(
            id=triage_id,
            referral_id=referral.id,
            decision=decided.decision,
            reason_code=decided.reason_code,
            in_time=in_time,
            by_client=act.caller.client,
            decided_at=act.now,
            counted_month=Month.of(act.now).first_day,
            counted_place=referral.counted_place,
            **bands_of(referral),
            **act.sealed(Triage, triage_id, comment=decided.comment),
        )
    )
    told = decided.model_dump(include={"decision", "reason_code", "comment"})
    await happened(act, TRIAGED_TOPIC, referral, counts=triage_id, **told)
    return await answer_to_act(act, referral)


async def withdraw_referral(
    act: Act, referral_id: UUID, why: WithdrawalRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Take a referral back; its open case ends as withdrawn. Raises NotFound, PreconditionFailed, Forbidden, Conflict, Invalid."""
    referral = await hold_referral(act, referral_id, expected)
    if not act.caller.has(WORK) and referral.sent_by != owner_of(act.caller):
        raise Forbidden("Only its sender or a case manager withdraws a referral.")
    if errors := list(reason_faults(why.reason_code, decision="withdraw", decisions_of=_decisions_of())):
        raise Invalid(errors=errors)
    move(referral, "withdraw")
    await discharge_case(act, referral, outcome="withdrawn")
    await happened(act, "referral.withdrawn", referral, **why.model_dump())
    return await answer_to_act(act, referral)


def _decisions_of() -> Mapping[str, tuple[str, ...]]:
    return {reason.code: reason.decisions for reason in reason_codes()}
