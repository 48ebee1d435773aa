"""The only writers of decisions: each moves the referral by the state table."""

from collections.abc import Mapping
from uuid import UUID

from services.referrals.cases.actions import discharge_case, open_case, reopen_case
from services.referrals.cases.queries import newest_case
from services.referrals.database import bands_of
from services.referrals.onward.actions import await_again, recall_of_ended
from services.referrals.records.actions import check_sender, hold_referral, prioritise
from services.referrals.records.answers import answer_to_act
from services.referrals.records.destinations import Destination, destination_faults, send_on
from services.referrals.records.events import happened
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import WORK
from services.referrals.records.steps import move, set_limits
from services.referrals.records.tables import Referral
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.rules import (
    PLACES,
    REOPEN_WITHIN_DAYS,
    can_reopen,
    reason_faults,
    triage_faults,
)
from services.referrals.triage.schemas import (
    AnswerRequest,
    ReopenRequest,
    TriageRequest,
    WithdrawalRequest,
)
from services.referrals.triage.tables import TRIAGED_TOPIC, Triage
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import Month, london_day
from shared.problems import Conflict, Invalid
from shared.service.acting import Act


async def triage_referral(
    act: Act, referral_id: UUID, decided: TriageRequest, *, expected: ExpectedVersion | None
) -> ReferralAnswer:
    """Accept, reject or redirect a referral, or ask its sender. Raises NotFound, PreconditionFailed, Conflict, Invalid."""
    referral = await hold_referral(act, referral_id, expected)
    _check(act, decided)
    if referral.stage == "information":
        await set_limits(act, referral)  # the clock stood still until now
    in_time = act.now <= referral.triage_by
    await _decide(act, referral, decided)
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
            **act.sealed(Triage, triage_id, comment=decided.comment, sent_to=decided.to),
        )
    )
    await happened(act, TRIAGED_TOPIC, referral, counts=triage_id, **decided.model_dump())
    return await answer_to_act(act, referral)


def _check(act: Act, decided: TriageRequest) -> None:
    faults = triage_faults(
        decision=decided.decision,
        code=decided.reason_code,
        changes_priority=decided.priority is not None,
        named=[name for name in (*PLACES, "to") if getattr(decided, name) is not None],
        decisions_of=_decisions_of(),
    )
    if errors := [*faults, *destination_faults(act, _destination(decided))]:
        raise Invalid(errors=errors)


def _destination(decided: TriageRequest) -> Destination:
    return Destination(**decided.model_dump(include={*PLACES, "priority"}))


async def _decide(act: Act, referral: Referral, decided: TriageRequest) -> None:
    """Change the referral as the decision says."""
    if decided.decision != "redirect":
        await move(act, referral, decided.decision, reason=decided.reason_code)
    elif decided.to is not None:
        await move(act, referral, "redirect-away", reason=decided.reason_code)
    else:
        await move(act, referral, "redirect")
        await send_on(act, referral, _destination(decided))
    if decided.decision == "accept":
        if decided.priority is not None:
            await prioritise(act, referral, decided.priority)
        open_case(act, referral)


async def answer_question(act: Act, referral_id: UUID, answer: AnswerRequest) -> ReferralAnswer:
    """Give the sender's answer to a question; the clock of triage runs again. Raises NotFound, Forbidden, Conflict."""
    referral = await hold_referral(act, referral_id, None)
    check_sender(act, referral, "Only its sender answers a question about a referral.")
    await move(act, referral, "answer")
    await happened(act, "referral.answered", referral, comment=answer.text)
    return await answer_to_act(act, referral)


async def withdraw_referral(
    act: Act, referral_id: UUID, why: WithdrawalRequest, *, expected: ExpectedVersion | None
) -> ReferralAnswer:
    """Take a referral back; its open case ends as withdrawn. Raises NotFound, PreconditionFailed, Forbidden, Conflict, Invalid.

    expected: None for a message, which names no version.
    """
    referral = await hold_referral(act, referral_id, expected)
    if not act.caller.has(WORK):
        check_sender(act, referral, "Only its sender or a case manager withdraws a referral.")
    if errors := list(reason_faults(why.reason_code, decision="withdraw", decisions_of=_decisions_of())):
        raise Invalid(errors=errors)
    await move(act, referral, "withdraw", reason=why.reason_code)
    await discharge_case(act, referral, outcome="withdrawn")
    if (case := await newest_case(act, referral)) is not None:
        await recall_of_ended(act, referral, case.id)
    await happened(act, "referral.withdrawn", referral, **why.model_dump())
    return await answer_to_act(act, referral)


async def reopen_referral(
    act: Act, referral_id: UUID, why: ReopenRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Take up again what ended, on new clocks; a case of the last ninety days goes on. Raises NotFound, PreconditionFailed, Conflict."""
    referral = await hold_referral(act, referral_id, expected)
    case = await newest_case(act, referral) if referral.status == "closed" else None
    if case is not None and case.discharged_on is not None:
        if not can_reopen(case.discharged_on, london_day(act.now)):
            raise Conflict(f"A case is opened again within {REOPEN_WITHIN_DAYS} days. Send a new referral.")
        reopen_case(case)
    referral.clock_from, referral.case_id = act.now, None if case is None else case.id
    await move(act, referral, "reopen")
    if case is not None:
        await await_again(act, referral, case.id)
    await happened(act, "referral.reopened", referral, comment=why.comment)
    return await answer_to_act(act, referral)


def _decisions_of() -> Mapping[str, tuple[str, ...]]:
    return {reason.code: reason.decisions for reason in reason_codes()}
