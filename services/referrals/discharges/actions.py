"""Ending cases, and the only writer of avoided activity."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.referrals.cases.actions import case_shown, check_open_case, counted_at, end_case, hold_case
from services.referrals.cases.queries import is_dead
from services.referrals.cases.rules import order_faults
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.cases.tables import Case
from services.referrals.database import bands_of
from services.referrals.discharges.queries import avoided_of
from services.referrals.discharges.rules import death_faults, left_to_count
from services.referrals.discharges.schemas import Avoided, DischargeRequest
from services.referrals.discharges.tables import AVOIDED_TOPIC, AvoidedActivity
from services.referrals.onward.actions import recall_of_ended
from services.referrals.records.events import happened
from services.referrals.records.steps import leave_lists, move
from services.referrals.records.tables import Referral
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import london_day
from shared.problems import Invalid
from shared.service.acting import Act


async def discharge(
    act: Act, case_id: UUID, ended: DischargeRequest, *, expected: ExpectedVersion
) -> CaseAnswer:
    """End a case, and its referral with it. Raises NotFound, PreconditionFailed, Invalid, Conflict."""
    case, referral = await hold_case(act, case_id, expected)
    order = order_faults(ended.discharged_on, referred_at=referral.referred_at, pointer="/discharged_on")
    dead = bool(ended.avoided) and await is_dead(act, referral)
    if errors := [*order, *death_faults(ended.outcome, dead=dead, avoided=len(ended.avoided))]:
        raise Invalid(errors=errors)
    check_open_case(case)
    end_case(case, on=ended.discharged_on, outcome=ended.outcome)
    await move(act, referral, "discharge")
    if ended.outcome == "deceased":
        await recall_of_ended(act, referral, case.id)
        await leave_lists(act, referral)
    referred = london_day(referral.referred_at)
    await record_avoided(act, case, referral, ended.avoided, since=referred, until=ended.discharged_on)
    await happened(act, "case.discharged", referral, outcome=ended.outcome)
    return case_shown(case, referral)


async def record_avoided(
    act: Act, case: Case, referral: Referral, said: Sequence[Avoided], *, since: date, until: date
) -> None:
    """Keep what one statement judges to have been avoided between two days; it counts in the month of the last. The case is held."""
    if not said:
        return
    before = await avoided_of(act, case.id)
    left = left_to_count([(one.kind, one.count) for one in said], before=before, since=since, until=until)
    for one, units in zip(said, left, strict=True):
        row = AvoidedActivity(
            id=new_id(),
            case_id=case.id,
            kind=one.kind,
            stated=one.count,
            units=units,
            since=since,
            until=until,
            judged_by=one.judged_by,
            **counted_at(referral, until),
            **bands_of(referral),
        )
        act.session.add(row)
        await act.happened(AVOIDED_TOPIC, counts=row.id, resource_type="case", resource_id=case.id)
