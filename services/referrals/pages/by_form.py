"""What each form of a record does: the body that it makes, and the action of the interface that takes it, under its rules."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from services.referrals.assessments.actions import assess
from services.referrals.assessments.schemas import AssessmentRequest
from services.referrals.care_plans.actions import audit_plan, write_plan
from services.referrals.care_plans.schemas import CarePlanRequest, PlanAuditRequest
from services.referrals.carers.actions import record_carer
from services.referrals.carers.schemas import CarerRequest
from services.referrals.consents.actions import record_consent
from services.referrals.consents.schemas import ConsentRequest
from services.referrals.contacts.actions import record_contact
from services.referrals.contacts.schemas import ContactRequest
from services.referrals.discharges.actions import discharge
from services.referrals.discharges.schemas import DischargeRequest
from services.referrals.meetings.actions import complete_action, record_benefit
from services.referrals.meetings.schemas import ActionDone, BenefitBody
from services.referrals.onward.actions import respond
from services.referrals.onward.schemas import RespondRequest
from services.referrals.pages.rules import Done, reason_lack
from services.referrals.pages.saying import (
    action_said,
    assessment_said,
    assignment_said,
    audit_said,
    benefit_said,
    carer_said,
    change_said,
    consent_said,
    contact_said,
    discharge_said,
    identity_said,
    merging_said,
    pause_said,
    plan_said,
    reopening_said,
    reply_said,
    response_said,
    review_said,
    transfer_said,
    triage_said,
    withdrawal_said,
)
from services.referrals.pauses.actions import pause_referral, resume_referral
from services.referrals.pauses.schemas import PauseRequest, ResumeRequest
from services.referrals.records.actions import change_referral
from services.referrals.records.schemas import ReferralChange
from services.referrals.reviews.actions import review_case
from services.referrals.reviews.schemas import ReviewRequest
from services.referrals.tracing.actions import identify_person, merge_records
from services.referrals.tracing.schemas import IdentifyRequest, MergeRequest
from services.referrals.transfers.actions import transfer_referral
from services.referrals.transfers.schemas import TransferRequest
from services.referrals.triage.actions import (
    answer_question,
    reopen_referral,
    triage_referral,
    withdraw_referral,
)
from services.referrals.triage.schemas import (
    AnswerRequest,
    ReopenRequest,
    TriageRequest,
    WithdrawalRequest,
)
from services.referrals.worklists.actions import assign_referral
from services.referrals.worklists.schemas import AssignRequest
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.browsing.forms import Filled, understood, version_of

Doing = Callable[[Act, Filled, UUID], Awaitable[object]]
"""Does what a filled form asks. The id is that of what is worked: the referral, its case, or something of the case."""


def _on_its_version(
    said: Callable[[Filled], dict[str, Any]], body: type[BaseModel], does: Callable[..., Awaitable[object]]
) -> Doing:
    """An act that names the version of what it works."""

    async def do(act: Act, form: Filled, worked: UUID) -> object:
        filled = understood(said(form), body, platform=act.platform)
        return await does(act, worked, filled, expected=version_of(form))

    return do


def _as_it_is(
    said: Callable[[Filled], dict[str, Any]], body: type[BaseModel], does: Callable[..., Awaitable[object]]
) -> Doing:
    """An act that names no version, as the interface has it."""

    async def do(act: Act, form: Filled, worked: UUID) -> object:
        return await does(act, worked, understood(said(form), body, platform=act.platform))

    return do


async def _assign(act: Act, form: Filled, worked: UUID) -> object:
    said = assignment_said(form, me=act.caller.client)
    to = understood(said, AssignRequest, platform=act.platform)
    return await assign_referral(act, worked, to, expected=version_of(form))


async def _triage(act: Act, form: Filled, worked: UUID) -> object:
    """A decision with its reason: people who read it later have nothing else, so the page asks more than the interface."""
    said = triage_said(form)
    if lack := reason_lack(said):
        raise Invalid(errors=[lack])
    decided = understood(said, TriageRequest, platform=act.platform)
    return await triage_referral(act, worked, decided, expected=version_of(form))


OF_REFERRAL: Final[Mapping[Done, Doing]] = {
    "triage": _triage,
    "assign": _assign,
    "pause": _on_its_version(pause_said, PauseRequest, pause_referral),
    "resume": _on_its_version(pause_said, ResumeRequest, resume_referral),
    "withdraw": _on_its_version(withdrawal_said, WithdrawalRequest, withdraw_referral),
    "reopen": _on_its_version(reopening_said, ReopenRequest, reopen_referral),
    "transfer": _on_its_version(transfer_said, TransferRequest, transfer_referral),
    "identify": _on_its_version(identity_said, IdentifyRequest, identify_person),
    "merge": _on_its_version(merging_said, MergeRequest, merge_records),
    "change": _on_its_version(change_said, ReferralChange, change_referral),
}
OF_SENDER: Final[Mapping[Done, Doing]] = {
    "reply": _as_it_is(reply_said, AnswerRequest, answer_question),
    "withdraw": _on_its_version(withdrawal_said, WithdrawalRequest, withdraw_referral),
    "change": _on_its_version(change_said, ReferralChange, change_referral),
}
"""What a sender does with a referral of its own."""
OF_CASE: Final[Mapping[Done, Doing]] = {
    "contact": _as_it_is(contact_said, ContactRequest, record_contact),
    "assessment": _on_its_version(assessment_said, AssessmentRequest, assess),
    "plan": _on_its_version(plan_said, CarePlanRequest, write_plan),
    "review": _on_its_version(review_said, ReviewRequest, review_case),
    "audit": _as_it_is(audit_said, PlanAuditRequest, audit_plan),
    "consent": _as_it_is(consent_said, ConsentRequest, record_consent),
    "carer": _on_its_version(carer_said, CarerRequest, record_carer),
    "discharge": _on_its_version(discharge_said, DischargeRequest, discharge),
}
ANSWER: Final[Doing] = _as_it_is(response_said, RespondRequest, respond)
ACTION: Final[Doing] = _as_it_is(action_said, ActionDone, complete_action)
BENEFIT: Final[Doing] = _as_it_is(benefit_said, BenefitBody, record_benefit)
