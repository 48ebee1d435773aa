"""What is counted of cases: high risks of falling that were found, activity that was avoided."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from services.referrals.facts import CASEWORK_DAY_TOPIC, TOPICS
from services.referrals.settings import Settings
from services.referrals.snapshots.queries import rates_standing
from shared.facts.days import record_days
from shared.service.platform import SETTINGS
from tests.referrals.acting import manager
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import ASSESSMENT, CONTACT, DISCHARGE, PLAN, a_case, work, worked
from tests.referrals.counted import facts, published
from tests.referrals.moments import at, london
from tests.support.running import Running

AVOIDED = [
    {"kind": "hospital-admission", "count": 1, "judged_by": "case-manager"},
    {"kind": "bed-day", "count": 7, "judged_by": "gp"},
]


@pytest.fixture(autouse=True)
def _today(referrals: Running) -> Any:
    with at(referrals, london("2026-07-22")):
        yield


async def _rebuilt_alike(service: Running, measure: str) -> None:
    """Counts everything again: each version of the measure's cells is what it was."""
    before = [row for row in await published(service) if row[0] == measure]
    answer = await service.client.post("/v1/operations/facts/rebuild", headers=service.token("operator"))
    assert answer.status_code == 202, answer.text
    await service.work()
    assert before
    assert [row for row in await published(service) if row[0] == measure] == before


async def _cells(service: Running, measure: str, by: str) -> list[tuple[Any, ...]]:
    """Place, month, line and count of what stands, the last version of each."""
    found = {
        (fact["place"], fact["month"], fact["breakdowns"][by]): fact["numerator"]
        for fact in await facts(service)
        if fact["measure"] == measure and by in fact["breakdowns"]
    }
    return sorted((*cell, count) for cell, count in found.items())


async def test_a_person_is_counted_once_as_newly_at_risk_of_falling(referrals: Running) -> None:
    case = await a_case(referrals)
    for _ in range(2):
        case = await worked(referrals, case, "assessments", ASSESSMENT)
    again = await a_case(referrals, a_referral(pathway="falls-prevention"))
    await worked(referrals, again, "assessments", ASSESSMENT)
    other = await a_case(referrals, a_referral(patient=a_patient(nhs_number="9990000026")))
    await worked(referrals, other, "assessments", {**ASSESSMENT, "assessed_on": "2026-07-01"})
    await referrals.work()
    expected = [("kendal", "2026-06", "female", 1), ("kendal", "2026-07", "female", 1)]
    assert await _cells(referrals, "falls-identified", "sex") == expected
    await _rebuilt_alike(referrals, "falls-identified")


async def test_avoided_activity_is_counted_by_its_number_and_kind(referrals: Running) -> None:
    for number in ("9990000018", "9990000026"):
        case = await a_case(referrals, a_referral(patient=a_patient(nhs_number=number)))
        await worked(referrals, case, "discharge", {**DISCHARGE, "avoided": AVOIDED})
        await referrals.work()
    expected = [("kendal", "2026-07", "bed-day", 14), ("kendal", "2026-07", "hospital-admission", 2)]
    assert await _cells(referrals, "avoided-activity", "kind") == expected
    await _rebuilt_alike(referrals, "avoided-activity")


async def test_the_window_of_the_two_hours_is_a_setting(referrals: Running) -> None:
    with at(referrals, london("2026-07-20", "07:30")):
        document = a_referral(priority="two-hour", referred_at="2026-07-20T07:00:00+01:00")
        await a_case(referrals, document)
    usual = referrals.platform.settings_of(Settings)
    found = []
    for window in ({}, {"two_hours_from": time(7, 30)}, {"two_hours_until": time(8, 0, 1)}):
        async with referrals.platform.transaction() as session:
            session.info[SETTINGS] = usual.model_copy(update=window)
            rates = await rates_standing(session, at=london("2026-07-20"), day=date(2026, 7, 20))
            found.append(
                {one.denominator for one in rates if one.measure == "urgent-response-2h-rate"} or None
            )
    assert found == [None, {1}, None]


async def _day(service: Running, moment: datetime) -> None:
    """The day event of an instant, and what follows from it."""
    async with service.platform.transaction() as session:
        await record_days(session, [one for one in TOPICS if one.name == CASEWORK_DAY_TOPIC], now=moment)
    await service.work()


async def _rate(service: Running, measure: str) -> list[tuple[Any, ...]]:
    """Place, numerator and denominator of what stands by sex, the last version of each place."""
    found = {
        fact["place"]: (fact["numerator"], fact["denominator"])
        for fact in await facts(service)
        if fact["measure"] == measure and "sex" in fact["breakdowns"]
    }
    return sorted((place, *counts) for place, counts in found.items())


async def test_plans_are_counted_among_the_caseload_and_audits_among_plans(referrals: Running) -> None:
    first = await a_case(referrals)
    await a_case(referrals, a_referral(patient=a_patient(nhs_number="9990000026")))
    headers = {**manager(referrals), "If-Match": "*"}
    plan = {**PLAN, "review_on": None}
    await referrals.client.put(f"/v1/cases/{first['id']}/care-plan", json=plan, headers=headers)
    await _day(referrals, datetime.now(UTC))
    assert await _rate(referrals, "care-plan-coverage") == [("kendal", 1, 2)]
    assert await _rate(referrals, "care-plan-audited-rate") == [("kendal", 0, 1)]
    await _rebuilt_alike(referrals, "care-plan-coverage")


async def test_a_plan_whose_review_is_overdue_covers_nobody(referrals: Running) -> None:
    case = await a_case(referrals)
    headers = {**manager(referrals), "If-Match": "*"}
    plan = {**PLAN, "review_on": "2026-07-23"}
    await referrals.client.put(f"/v1/cases/{case['id']}/care-plan", json=plan, headers=headers)
    async with referrals.platform.transaction() as session:
        for day, covered in ((date(2026, 7, 23), 1), (date(2026, 7, 24), 0)):
            rates = await rates_standing(session, at=london(f"{day}"), day=day)
            coverage = {
                (one.numerator, one.denominator) for one in rates if one.measure == "care-plan-coverage"
            }
            assert coverage == {(covered, 1)}


async def test_the_two_hours_are_met_by_a_visit_in_time_to_who_was_received_in_the_day(
    referrals: Running,
) -> None:
    async def urgent(received: str, visited: str | None, number: str) -> None:
        with at(referrals, london("2026-07-20", received)):
            document = a_referral(patient=a_patient(nhs_number=number), priority="two-hour")
            case = await a_case(referrals, {**document, "referred_at": "2026-07-20T07:00:00+01:00"})
        if visited is not None:
            contact = {**CONTACT, "at": f"2026-07-20T{visited}:00+01:00"}
            assert (await work(referrals, case, "contacts", contact)).status_code == 201

    await urgent("09:00", "10:59", "9990000018")
    await urgent("09:00", "11:01", "9990000026")
    await urgent("12:00", None, "9990000034")
    await urgent("20:30", "21:00", "9990000042")
    async with referrals.platform.transaction() as session:
        for time, expected in (("13:30", {(1, 2)}), ("14:00", {(1, 3)})):
            rates = await rates_standing(session, at=london("2026-07-20", time), day=date(2026, 7, 20))
            found = {
                (one.numerator, one.denominator)
                for one in rates
                if one.measure == "urgent-response-2h-rate" and one.line.startswith("sex=")
            }
            assert found == expected
