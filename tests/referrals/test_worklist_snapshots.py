"""What waits and what is overdue on worklists: counted once a day, kept as it was, and the same after a rebuild."""

from collections import Counter
from typing import Any

from services.referrals.facts import TOPICS
from services.referrals.records.states import CASE_STAGES, ITEM_STAGES, LIST_STAGES, STAGE_OF
from services.referrals.triage.reasons import reason_codes
from services.trajectories.measures.catalogue import load_catalogue
from shared.months import london_day
from shared.service.upkeep import day_periodic
from tests.referrals.acting import act, manager
from tests.referrals.builders import (
    EAST_PRACTICE,
    LANCASTER_PRACTICE,
    OUTSIDE_PRACTICE,
    a_patient,
    a_referral,
)
from tests.referrals.counted import facts, published
from tests.referrals.listing import LISTS, worklist
from tests.referrals.sending import post
from tests.support.running import Running

MEASURES = ("worklist-waiting", "worklist-overdue")
LATE = "update referral set stage_due = now() - interval '1 hour' where id = $1"


async def another_day(service: Running) -> None:
    """The next day event, and what it publishes."""
    await service.rows("delete from fact_day")
    await day_periodic(TOPICS).run(service.platform)
    await service.work()


async def standing(service: Running, measure: str) -> dict[tuple[str, str], int]:
    """(place, stage) → the figure that stands, without those that are 0."""
    found = {
        (fact["place"], fact["breakdowns"]["stage"]): fact["numerator"]
        for fact in await facts(service)
        if fact["measure"] == measure
    }
    return {line: count for line, count in found.items() if count}


async def snapshots(service: Running) -> list[tuple[Any, ...]]:
    """Every version of what was counted by day."""
    return [version for version in await published(service) if version[0] in MEASURES]


async def accept(service: Running, sent: dict[str, Any]) -> None:
    answer = await act(service, sent, "triage", {"decision": "accept"}, by=manager(service))
    assert answer.status_code == 200, answer.text


async def test_open_referrals_stand_at_the_stage_of_their_status(referrals: Running) -> None:
    late, accepted, late_accepted, rejected, withdrawn = [
        await post(referrals, a_referral()) for _ in range(5)
    ]
    await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    await post(referrals, a_referral(patient=a_patient(registered_practice=OUTSIDE_PRACTICE)))
    for one in (accepted, late_accepted):
        await accept(referrals, one)
    for one in (late, late_accepted):
        await referrals.rows(LATE, one["id"])
    await act(referrals, rejected, "triage", {"decision": "reject"}, by=manager(referrals))
    code = next(one.code for one in reason_codes() if "withdraw" in one.decisions)
    taken = await act(referrals, withdrawn, "withdraw", {"reason_code": code}, by=manager(referrals))
    assert taken.status_code == 200, taken.text
    await another_day(referrals)
    assert await standing(referrals, "worklist-waiting") == {
        ("kendal", "triage"): 1,
        ("kendal", "first-contact"): 2,
        ("east", "triage"): 1,
        ("not-bay-registered", "triage"): 1,
    }
    assert await standing(referrals, "worklist-overdue") == {
        ("kendal", "triage"): 1,
        ("kendal", "first-contact"): 1,
    }
    month = f"{london_day(referrals.platform.clock()):%Y-%m}"
    assert {fact["month"] for fact in await facts(referrals) if fact["measure"] in MEASURES} == {month}


async def test_a_list_that_was_worked_off_has_nothing_waiting_and_is_not_unknown(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    await another_day(referrals)
    await act(referrals, sent, "triage", {"decision": "reject"}, by=manager(referrals))
    await another_day(referrals)
    newest = {
        (fact["measure"], fact["breakdowns"]["stage"]): fact["numerator"]
        for fact in await facts(referrals)
        if fact["measure"] in MEASURES
    }
    assert newest == {(measure, stage): 0 for measure in MEASURES for stage in LIST_STAGES}


async def test_a_rebuild_says_of_each_day_what_was_said_then(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    await another_day(referrals)
    await referrals.rows(LATE, sent["id"])
    await another_day(referrals)
    await accept(referrals, sent)
    before = await snapshots(referrals)
    overdue = [one for one in before if one[0] == "worklist-overdue" and one[3] == {"stage": "triage"}]
    assert [one[4] for one in overdue] == [0, 1]
    answer = await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    assert answer.status_code == 202, answer.text
    await referrals.work()
    assert await snapshots(referrals) == before


def test_the_stages_are_those_of_referrals_cases_and_items_and_the_report_declares_them() -> None:
    assert {*STAGE_OF.values(), *CASE_STAGES, *ITEM_STAGES} == set(LIST_STAGES)
    for measure in load_catalogue():
        if measure.key in MEASURES:
            assert tuple(measure.breakdowns["stage"]) == LIST_STAGES
            assert (measure.status, measure.over_months) == ("live", "latest")


async def test_the_figures_of_a_day_add_up_to_its_lists(referrals: Running) -> None:
    by = manager(referrals, "*")
    for practice in (None, None, LANCASTER_PRACTICE, OUTSIDE_PRACTICE):
        person = a_patient() if practice is None else a_patient(registered_practice=practice)
        await post(referrals, a_referral(patient=person))
    await post(referrals, a_referral(pathway="urgent-response"))
    asked = await post(referrals, a_referral())
    await act(referrals, asked, "triage", {"decision": "request-information"}, by=by)
    accepted = await post(referrals, a_referral(priority="urgent"))
    await accept(referrals, accepted)
    await referrals.rows(LATE, accepted["id"])
    await another_day(referrals)
    listed: Counter[tuple[str, str]] = Counter()
    for name in LISTS:
        for stage, states in (await worklist(referrals, name))["counts"].items():
            listed["worklist-waiting", stage] += sum(states.values())
            listed["worklist-overdue", stage] += states["overdue"]
    counted: Counter[tuple[str, str]] = Counter()
    for measure in MEASURES:
        for (_, stage), number in (await standing(referrals, measure)).items():
            counted[measure, stage] += number
    assert +listed == +counted
    assert counted == {
        ("worklist-waiting", "triage"): 5,
        ("worklist-waiting", "information"): 1,
        ("worklist-waiting", "first-contact"): 1,
        ("worklist-overdue", "first-contact"): 1,
    }
