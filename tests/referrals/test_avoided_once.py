"""A visit that a meeting and a discharge both call avoided counts once; what goes beyond the first statement counts too."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.referrals.discharges.rules import Judged, left_to_count
from tests.referrals.casework import DISCHARGE, the_case, work
from tests.referrals.counted import facts
from tests.referrals.meetings import BENEFIT, discussed, frail, held, send
from tests.support.running import Running

JUNE, JULY, SEPTEMBER, OCTOBER = date(2026, 6, 24), date(2026, 7, 21), date(2026, 9, 24), date(2026, 10, 1)


@pytest.mark.parametrize(
    ("said", "before", "counted"),
    [
        ([("gp-visit", 2)], [], [2]),
        # The discharge said one of these two.
        ([("gp-visit", 2)], [Judged("gp-visit", JUNE, JULY, 1)], [1]),
        ([("gp-visit", 2)], [Judged("gp-visit", JUNE, JULY, 3)], [0]),
        # Another kind, and days that do not meet, are other visits.
        ([("gp-visit", 2)], [Judged("bed-day", JUNE, JULY, 2)], [2]),
        ([("gp-visit", 2)], [Judged("gp-visit", OCTOBER, OCTOBER, 2)], [2]),
        # One statement means each of its entries.
        ([("gp-visit", 2), ("gp-visit", 3)], [], [2, 3]),
        ([("gp-visit", 2), ("bed-day", 1), ("gp-visit", 3)], [Judged("gp-visit", JULY, JULY, 2)], [2, 1, 1]),
        # Two statements before, of days that both meet these.
        ([("gp-visit", 4)], [Judged("gp-visit", JUNE, JUNE, 1), Judged("gp-visit", JULY, OCTOBER, 2)], [1]),
    ],
)
def test_what_a_statement_adds_to_those_before_it(
    said: Sequence[tuple[str, int]], before: Sequence[Judged], counted: list[int]
) -> None:
    assert left_to_count(said, before=before, since=JUNE, until=SEPTEMBER) == counted


async def _figures(service: Running) -> dict[tuple[str, str], int]:
    """(month, kind) → avoided activity, which a rebuild leaves as it is."""
    await service.work()
    before = await _cells(service)
    rebuilt = await service.client.post("/v1/operations/facts/rebuild", headers=service.token("operator"))
    assert rebuilt.is_success, rebuilt.text
    await service.work()
    assert await _cells(service) == before
    return before


async def _cells(service: Running) -> dict[tuple[str, str], int]:
    return {
        (one["month"], one["breakdowns"]["kind"]): one["numerator"]
        for one in await facts(service)
        if one["measure"] == "avoided-activity"
    }


async def test_a_meeting_and_a_discharge_count_one_visit_once(referrals: Running) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case)
    avoided: list[dict[str, Any]] = [
        {"kind": "gp-visit", "count": 1, "judged_by": "case-manager"},
        {"kind": "hospital-admission", "count": 1, "judged_by": "case-manager"},
    ]
    fresh = await the_case(referrals, case["id"])
    ended = await work(referrals, fresh, "discharge", {**DISCHARGE, "avoided": avoided})
    assert ended.status_code == 200, ended.text
    answer = await send(referrals, f"/discussions/{discussion['id']}/benefit", BENEFIT)
    assert (answer.status_code, answer.json()["benefit"]["use_avoided"]) == (200, 2)
    assert await _figures(referrals) == {
        ("2026-07", "gp-visit"): 1,
        ("2026-07", "hospital-admission"): 1,
        ("2026-09", "gp-visit"): 1,
    }
    kept = await referrals.rows("select stated, units, judged_by from avoided_activity order by id")
    assert [(row["stated"], row["units"], row["judged_by"]) for row in kept] == [
        (1, 1, "case-manager"),
        (1, 1, "case-manager"),
        (2, 1, "mdt"),
    ]


async def test_a_discharge_after_the_meeting_adds_what_goes_beyond_it(referrals: Running) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case)
    body = {**BENEFIT, "asked_on": "2026-09-24"}
    assert (await send(referrals, f"/discussions/{discussion['id']}/benefit", body)).status_code == 200
    fresh = await the_case(referrals, case["id"])
    said = {"kind": "gp-visit", "count": 5, "judged_by": "gp"}
    ended = await work(
        referrals, fresh, "discharge", {**DISCHARGE, "discharged_on": "2026-10-20", "avoided": [said]}
    )
    assert ended.status_code == 200, ended.text
    assert await _figures(referrals) == {("2026-09", "gp-visit"): 2, ("2026-10", "gp-visit"): 3}
