"""Plans and tasks through the national door: read and written by the same actions as their JSON."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from services.referrals.care_plans.actions import read_plan, write_plan
from services.referrals.care_plans.rules import DIRECT_CARE
from services.referrals.care_plans.schemas import CarePlanRequest, PlanSearch
from services.referrals.care_plans.searching import search_plans
from services.referrals.cases.actions import see_case
from services.referrals.fhir.plans import CarePlanBody, care_plan, filters_of, plan_members, task
from services.referrals.records.actions import list_referrals, open_referral
from services.referrals.records.encryption import decrypted
from services.referrals.records.queries import Wanted
from services.referrals.records.tables import Referral
from shared.auth.caller import Caller
from shared.fhir.datatypes import NHS_NUMBER
from shared.http.bodies import parse_json_body
from shared.http.versions import ExpectedVersion
from shared.nhs_numbers import without_separators
from shared.problems import FieldError, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

_PLACES = {"/goals": "/contained", "/contacts": "/contained", "/actions": "/activity"}


async def read_care_plan(act: Act, case_id: UUID) -> dict[str, Any]:
    """The plan of a case. Raises NotFound."""
    plan = await read_plan(act, case_id)
    _, referral = await see_case(act, case_id)
    return care_plan(plan, number=_number(act, referral))


async def find_care_plans(act: Act, number: str, *, reason: str | None) -> list[dict[str, Any]]:
    """The plans of a person that the caller may read for direct care; none where there is none. Raises Invalid, Forbidden."""
    try:
        found = await search_plans(act, PlanSearch(nhs_number=number, purpose=DIRECT_CARE, reason=reason))
    except NotFound:
        # A search that finds nothing is one, and has its row as well.
        about: Mapping[str, object] = {"rows": 0}
        await act.happened(
            "care-plan.searched", resource_type="care-plan", person=number, purpose=DIRECT_CARE, detail=about
        )
        return []
    return [care_plan(one, number=without_separators(number)) for one in found.items]


async def write_care_plan(
    act: Act, case_id: UUID, body: CarePlanBody, *, expected: ExpectedVersion | None
) -> dict[str, Any]:
    """Write the next version of a case's plan. Raises NotFound, PreconditionFailed, Invalid, Conflict."""
    _, referral = await see_case(act, case_id)
    number = _number(act, referral)
    named = None if body.subject is None else body.subject.identifier
    if named is not None and named.system == NHS_NUMBER and without_separators(named.value or "") != number:
        raise Invalid.one("reference.unresolved", "/subject/identifier", "The plan is of another person.")
    try:
        plan = parse_json_body(orjson.dumps(plan_members(body)), CarePlanRequest, now=act.now)
        written = await write_plan(act, case_id, plan, expected=expected)
    except Invalid as invalid:
        raise Invalid(errors=[_placed(one) for one in invalid.errors]) from None
    return care_plan(written, number=number)


def _placed(fault: FieldError) -> FieldError:
    """A fault of the plan where it stood in the CarePlan, as far as one place answers to the other."""
    first = f"/{fault.pointer.split('/')[1]}" if "/" in fault.pointer else ""
    return FieldError(fault.code, _PLACES.get(first, "/extension"), fault.detail)


async def read_task(platform: Platform, referral_id: UUID, *, caller: Caller) -> dict[str, Any]:
    """What is to be done about a referral. Raises NotFound."""
    return task(await open_referral(platform, referral_id, caller=caller))


async def list_tasks(
    platform: Platform, *, caller: Caller, statuses: Sequence[str], paging: Pager
) -> Page[dict[str, Any]]:
    """A page of what is to be done about the caller's referrals, newest first; of some statuses where they are named."""
    before = paging.after()
    filters = filters_of(statuses)
    wanted = Wanted(UUID(before[0]) if before else None, paging.limit)
    rows = await list_referrals(platform, caller=caller, filters=filters, wanted=wanted, now=platform.clock())
    return paging.page(rows, shown=task, at=lambda row: [row["id"]])


def _number(act: Act, referral: Referral) -> str | None:
    number = decrypted(act.keyring, referral.nhs_number, column="nhs_number", row=referral.id)
    return None if number is None else without_separators(number)
