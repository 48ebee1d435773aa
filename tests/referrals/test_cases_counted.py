"""What is counted of cases: high risks of falling that were found, activity that was avoided."""

from typing import Any

import pytest

from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import ASSESSMENT, DISCHARGE, a_case, worked
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
