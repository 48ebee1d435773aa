"""The only writers of care plans and their audits; reading a plan has its audit row before anybody is told of it."""

from typing import Final, Literal
from uuid import UUID

from services.referrals.care_plans.queries import plan_of, versions_of
from services.referrals.care_plans.rules import DIRECT_CARE, code_faults, cpr_faults, may_read, plan_warnings
from services.referrals.care_plans.schemas import (
    CarePlanAnswer,
    CarePlanRequest,
    CarePlanWarning,
    PlanAuditAnswer,
    PlanAuditRequest,
    PlanVersion,
)
from services.referrals.care_plans.tables import PLAN_AUDITED_TOPIC, CarePlan, CarePlanAudit
from services.referrals.cases.actions import (
    check_open_case,
    counted_at,
    hold_case,
    keep,
    kept_shown,
    list_kept,
    read_kept,
    see_case,
)
from services.referrals.cases.rules import order_faults
from services.referrals.cases.tables import Case
from services.referrals.consents.actions import keep_consent
from services.referrals.consents.queries import consents_of
from services.referrals.consents.rules import Scope, standing
from services.referrals.consents.tables import Consent
from services.referrals.database import bands_of
from services.referrals.disclosures.actions import disclose
from services.referrals.records.events import happened, was_read
from services.referrals.records.steps import proceed
from services.referrals.records.tables import Referral
from shared.http.versions import ExpectedVersion
from shared.months import london_day
from shared.problems import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from shared.service.acting import Act
from shared.service.paging import Page, Pager

WITH_HOSPITALS: Final[Scope] = "share-with-hospital"


async def write_plan(
    act: Act, case_id: UUID, plan: CarePlanRequest, *, expected: ExpectedVersion | None
) -> CarePlanAnswer:
    """Write the next version of a plan; its review is next. Raises NotFound, PreconditionFailed, Invalid, Conflict.

    expected: the plan's version, `*` for the first, None where the door demands none.
    """
    case, referral = await hold_case(act, case_id, None)
    before = await plan_of(act, case.id)
    if expected is not None:
        _check_version(before, expected)
    if errors := _faults(plan, referral):
        raise Invalid(errors=errors)
    check_open_case(case)
    written = keep(
        act,
        CarePlan,
        case,
        plan,
        version=1 if before is None else before.version + 1,
        review_on=plan.review_on,
        consent_to_share=plan.consent_to_share,
    )
    await _keep_consent(act, case, plan, before)
    await proceed(act, referral, "review", on=plan.review_on)
    await happened(act, "care-plan.written", referral)
    odd = plan_warnings(plan.review_on, today=london_day(act.now))
    told = [CarePlanWarning.model_validate(one.to_json()) for one in odd]
    return plan_shown(act, written).model_copy(update={"warnings": told} if told else None)


def _check_version(before: CarePlan | None, expected: ExpectedVersion) -> None:
    """Compare with the plan as it is; who names the case's version instead is told how the first plan is written."""
    if before is None and not expected.first:
        raise PreconditionFailed("There is no plan yet; write the first one with `If-Match: *`.")
    expected.check(None if before is None else before.version)


async def _keep_consent(act: Act, case: Case, plan: CarePlanRequest, before: CarePlan | None) -> None:
    """Record that the person agrees that hospitals read the plan, or agrees no more, where the plan says it anew."""
    recorded = await consents_of(act, case.id)
    held = standing(recorded, scope=WITH_HOSPITALS)
    today = london_day(act.now)
    if plan.consent_to_share and held is None:
        keep_consent(act, case, WITH_HOSPITALS, given_by="self", on=today)
    elif not plan.consent_to_share and held is not None and before is not None and before.consent_to_share:
        since = min(held.given_on, today)
        keep_consent(act, case, WITH_HOSPITALS, given_by="self", on=since, withdrawn_on=today)


async def consent_of_hospitals(act: Act, case_id: UUID) -> Consent | None:
    """The consent on which hospitals read the plan of this case today; None where the person does not agree."""
    return standing(await consents_of(act, case_id), scope=WITH_HOSPITALS)


def _faults(plan: CarePlanRequest, referral: Referral) -> list[FieldError]:
    faults = list(code_faults([one.code for one in plan.actions]))
    if plan.review_on is not None:
        faults += order_faults(plan.review_on, referred_at=referral.referred_at, pointer="/review_on")
    if cpr := plan.cpr_recommendation:
        faults += cpr_faults(
            stage=cpr.stage,
            completed_by=cpr.completed_by,
            discussed_on=cpr.discussed_on,
            completed_on=cpr.completed_on,
        )
    return faults


def plan_shown(act: Act, plan: CarePlan) -> CarePlanAnswer:
    """What a reader of a plan is told."""
    return kept_shown(act, plan, CarePlanAnswer, version=plan.version)


async def read_plan(act: Act, case_id: UUID, version: int | None = None) -> CarePlanAnswer:
    """The plan of a case, or an earlier version of it. Raises NotFound also where the caller may not know of it."""
    case, referral = await see_case(act, case_id)
    plan = await plan_of(act, case.id, version)
    if plan is None:
        raise NotFound
    await admit_reader(act, referral, case, "care-plan", subject=plan.id)
    await was_read(act, "care-plan.read", referral, case=str(case.id), version=plan.version)
    return plan_shown(act, plan)


async def admit_reader(
    act: Act, referral: Referral, case: Case, kind: Literal["care-plan", "summary"], *, subject: UUID
) -> None:
    """Let who sees a case read its plan or summary; who does not work it stands in its disclosures. Raises NotFound."""
    if act.caller.has("cases.read"):
        return
    consent = await consent_of_hospitals(act, case.id)
    practice, shared = referral.registered_practice, consent is not None
    if not may_read(act.caller.org, practice=practice, sent_by=referral.sent_by, shared=shared):
        raise NotFound
    relied_on = None if act.caller.org == practice else consent
    tell_reader(act, case.id, kind, subject=subject, why=DIRECT_CARE, consent=relied_on)


def tell_reader(
    act: Act,
    case_id: UUID,
    kind: Literal["care-plan", "summary"],
    *,
    subject: UUID,
    why: str,
    consent: Consent | None,
) -> None:
    """Let a case's disclosures say that an organisation which does not work it reads its plan or summary now.

    consent: the one that a hospital relies on; a practice reads what is about its own people without one.
    """
    disclose(
        act,
        case_id,
        kind,
        subject=subject,
        to=act.caller.org or act.caller.client,
        parts=[kind],
        why=why,
        consent_id=None if consent is None else consent.id,
        read_at=act.now,
    )


async def list_versions(act: Act, case_id: UUID, *, paging: Pager) -> Page[PlanVersion]:
    """A page of the versions of a case's plan, newest first. Raises NotFound."""
    case, referral = await see_case(act, case_id)
    rows = await versions_of(act, case.id, paging=paging)
    page = paging.page(
        rows,
        shown=lambda row: PlanVersion.model_validate(plan_shown(act, row).model_dump()),
        at=lambda row: [str(row.version)],
    )
    await was_read(act, "care-plan.versions-listed", referral, case=str(case.id), rows=len(page.items))
    return page


async def audit_plan(act: Act, case_id: UUID, found: PlanAuditRequest) -> PlanAuditAnswer:
    """Record what an audit of a plan found. Raises NotFound, Invalid, Conflict where there is no plan."""
    case, referral = await hold_case(act, case_id, None)
    if errors := list(
        order_faults(found.audited_on, referred_at=referral.referred_at, pointer="/audited_on")
    ):
        raise Invalid(errors=errors)
    plan = await plan_of(act, case.id)
    if plan is None:
        raise Conflict("There is no plan yet.", code="state.transition")
    audit = keep(
        act,
        CarePlanAudit,
        case,
        found,
        plan_version=plan.version,
        audited_on=found.audited_on,
        passed=all(found.items.model_dump().values()),
        **counted_at(referral, found.audited_on),
        **bands_of(referral),
    )
    await happened(act, PLAN_AUDITED_TOPIC, referral, counts=audit.id)
    return audit_shown(act, audit)


def audit_shown(act: Act, audit: CarePlanAudit) -> PlanAuditAnswer:
    """What a reader of an audit is told."""
    return kept_shown(act, audit, PlanAuditAnswer, plan_version=audit.plan_version, passed=audit.passed)


async def list_audits(act: Act, case_id: UUID, *, paging: Pager) -> Page[PlanAuditAnswer]:
    """A page of the audits of a case's plan, newest first. Raises NotFound."""
    return await list_kept(
        act,
        CarePlanAudit,
        PlanAuditAnswer,
        case_id,
        event="care-plan.audits-listed",
        paging=paging,
        beside=("plan_version", "passed"),
    )


async def read_audit(act: Act, case_id: UUID, audit_id: UUID) -> PlanAuditAnswer:
    """One audit of a case's plan. Raises NotFound."""
    return await read_kept(
        act,
        CarePlanAudit,
        PlanAuditAnswer,
        case_id,
        audit_id,
        event="care-plan.audit-read",
        beside=("plan_version", "passed"),
    )
