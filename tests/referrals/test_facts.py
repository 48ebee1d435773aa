"""What leaves this service: referrals and decisions, counted from the rows, as known at an instant."""

from typing import Any

from shared.months import london_day
from tests.referrals.acting import act, manager
from tests.referrals.builders import OUTSIDE_PRACTICE, a_patient, a_referral
from tests.referrals.counted import facts
from tests.referrals.sending import post
from tests.support.running import Running


async def _facts(service: Running) -> list[dict[str, Any]]:
    """What was published by age; `test_bands.py` has the other breakdowns."""
    return [fact for fact in await facts(service) if "age" in fact["breakdowns"]]


def _cells(items: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(item["place"], item["month"], item["numerator"]) for item in items]


async def test_referrals_are_counted_by_practice_and_month_of_referral(referrals: Running) -> None:
    await post(referrals, a_referral(referred_at="2026-05-31T23:30:00Z"))  # 1 June in England
    await post(referrals, a_referral(referred_at="2026-06-30T22:30:00Z"))
    await post(referrals, a_referral(referred_at="2026-06-30T23:30:00Z"))  # 1 July in England
    await post(
        referrals, a_referral(patient=a_patient(registered_practice=OUTSIDE_PRACTICE, staying_at="LA9 4JE"))
    )
    await post(referrals, a_referral(patient=a_patient(registered_practice=OUTSIDE_PRACTICE)))
    await post(referrals, a_referral(patient=a_patient(registered_practice=None)))
    await referrals.work()
    found = await _facts(referrals)
    assert sorted(_cells(found)) == [
        ("A82026", "2026-06", 2),
        ("A82026", "2026-07", 1),
        ("kendal", "2026-06", 1),
        ("not-bay-registered", "2026-06", 1),
        ("unassigned", "2026-06", 1),
    ]
    assert {(fact["measure"], fact["source"], fact["denominator"]) for fact in found} == {
        ("referrals-received", "referrals", None)
    }


async def test_a_cell_is_replaced_by_a_count_of_its_rows_and_a_rebuild_gives_the_same(
    referrals: Running,
) -> None:
    for _ in range(3):
        await post(referrals, a_referral())
        await referrals.work()
    before = await _facts(referrals)
    assert _cells(before) == [("A82026", "2026-06", 1), ("A82026", "2026-06", 2), ("A82026", "2026-06", 3)]

    answer = await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    assert answer.status_code == 202, answer.text
    await referrals.work()
    after = await _facts(referrals)
    assert [(*cell, fact["known_at"]) for cell, fact in zip(_cells(after), after, strict=True)] == [
        (*cell, fact["known_at"]) for cell, fact in zip(_cells(before), before, strict=True)
    ]


async def test_no_figure_names_a_person(referrals: Running) -> None:
    await post(referrals, a_referral())
    await referrals.work()
    answer = await referrals.client.get("/v1/facts", headers=referrals.token("service"))
    assert "A82026" in answer.text
    assert not any(secret in answer.text for secret in ("Archer", "9990000018", "1938-02-11", "LA9"))


async def test_decisions_are_counted_in_their_own_month_and_a_rebuild_gives_the_same(
    referrals: Running,
) -> None:
    for decision in ("accept", "accept", "reject"):
        sent = await post(referrals, a_referral())
        decided = await act(referrals, sent, "triage", {"decision": decision}, by=manager(referrals))
        assert decided.status_code == 200
    late = await post(referrals, a_referral())
    await referrals.rows("update referral set triage_by = now() - interval '1 day' where id = $1", late["id"])
    await act(referrals, late, "triage", {"decision": "accept"}, by=manager(referrals))
    await referrals.work()
    month = f"{london_day(referrals.platform.clock()):%Y-%m}"
    expected = {
        "referrals-accepted": ("A82026", month, 3, None),
        "triage-within-standard": ("A82026", month, 3, 4),
    }
    assert await _decided(referrals) == expected
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    assert await _decided(referrals) == expected


async def _decided(service: Running) -> dict[str, tuple[Any, ...]]:
    """The standing cells of what is counted of decisions."""
    return {
        fact["measure"]: (fact["place"], fact["month"], fact["numerator"], fact["denominator"])
        for fact in await _facts(service)
        if fact["measure"] in ("referrals-accepted", "triage-within-standard")
    }
