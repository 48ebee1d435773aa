"""Finding the care plan of a person for direct care, as a practice, a case manager or a hospital in an emergency."""

from uuid import UUID

from services.referrals.care_plans.actions import consent_of_hospitals, plan_shown, tell_reader
from services.referrals.care_plans.queries import plans_of_person, seen_among
from services.referrals.care_plans.rules import DIRECT_CARE, may_find, search_faults
from services.referrals.care_plans.schemas import PlanList, PlanSearch
from services.referrals.care_plans.tables import CarePlan
from services.referrals.identity.rules import Fault, nhs_number
from services.referrals.records.encryption import nhs_number_index
from services.referrals.records.tables import Referral
from shared.problems import Forbidden, Invalid, NotFound
from shared.service.acting import Act


async def search_plans(act: Act, asked: PlanSearch) -> PlanList:
    """The plans of a person that the caller may read; what a hospital or a practice reads is disclosed. Raises Forbidden, Invalid, NotFound."""
    if asked.purpose != DIRECT_CARE:
        raise Forbidden("A plan is read for direct care alone.", code="legal_basis.required")
    number, hospital = _number(asked), _is_hospital(act)
    if errors := list(search_faults(reason=asked.reason, hospital=hospital)):
        raise Invalid(errors=errors)
    found = await plans_of_person(act, nhs_number_index(act.keyring, number))
    seen = await seen_among(act, [referral.id for _, referral in found])
    readable = [plan for plan, referral in found if await _may_find(act, plan, referral, seen, hospital)]
    if not readable:
        raise NotFound
    for plan in () if act.caller.has("cases.read") else readable:
        consent = await consent_of_hospitals(act, plan.case_id) if hospital else None
        why = asked.reason or DIRECT_CARE
        tell_reader(act, plan.case_id, "care-plan", subject=plan.id, why=why, consent=consent)
    shown = {"rows": len(readable), "shown": [str(plan.id) for plan in readable]}
    await act.happened(
        "care-plan.searched", resource_type="care-plan", person=number, purpose=DIRECT_CARE, detail=shown
    )
    return PlanList(items=[plan_shown(act, one) for one in readable])


def _number(asked: PlanSearch) -> str:
    try:
        return nhs_number(asked.nhs_number, test_numbers_allowed=True)
    except Fault as fault:
        raise Invalid.one(fault.code, "/nhs_number", fault.detail) from None


def _is_hospital(act: Act) -> bool:
    """Whether the caller is a hospital: it writes plans and works no cases."""
    return act.caller.has("care-plans.write") and not act.caller.has("cases.read")


async def _may_find(
    act: Act, plan: CarePlan, referral: Referral, seen: frozenset[UUID], hospital: bool
) -> bool:
    if act.caller.has("cases.read"):
        return referral.id in seen
    return may_find(
        act.caller.org,
        practice=referral.registered_practice,
        hospital=hospital,
        shared=await consent_of_hospitals(act, plan.case_id) is not None,
    )
