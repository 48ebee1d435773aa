"""What meetings come to: the evaluation equals a hand count, and so do the facts, also after a rebuild."""

from datetime import date
from typing import Any

from services.referrals.facts import TOPICS
from services.referrals.snapshots.queries import rates_standing
from shared.service.upkeep import day_periodic
from tests.referrals.acting import manager
from tests.referrals.counted import facts, published
from tests.referrals.meetings import (
    BENEFIT,
    GP,
    HOSPITAL,
    ICC_TEAM,
    NUMBERS,
    discussed,
    frail,
    held,
    in_days,
    read,
    send,
    to_do,
)
from tests.referrals.moments import london
from tests.support.running import Running


async def _meet(service: Running) -> None:
    """Two frailty meetings of Kendal: four people at the first, one of them again at the second.

    Of five actions four were due, two of them done in time and one late. Three people were asked, one of them is better,
    another avoided two visits.
    """
    people = [await frail(service, number) for number in NUMBERS[:4]]
    first = await held(service)
    second = await held(
        service, held_on="2026-07-22", attendees=[GP, ICC_TEAM, {**HOSPITAL, "present": False}]
    )
    days = ["2026-07-08", "2026-07-08", "2026-07-09", "2026-07-10"]
    told = [
        await discussed(service, first, one, actions=[to_do(due_on=day)])
        for one, day in zip(people, days, strict=True)
    ]
    await discussed(service, second, people[0], actions=[to_do(due_on=in_days(service, 9))])
    for discussion, day in zip(told, ["2026-07-08", "2026-07-01", "2026-07-10"], strict=False):
        path = f"/actions/{discussion['actions'][0]['id']}/complete"
        assert (await send(service, path, {"done_on": day})).status_code == 200
    answers = [
        {**BENEFIT, "use_avoided": []},
        {**BENEFIT, "self_care": "same"},
        {**BENEFIT, "self_care": "worse", "use_avoided": []},
    ]
    for discussion, answer in zip(told, answers, strict=False):
        assert (await send(service, f"/discussions/{discussion['id']}/benefit", answer)).status_code == 200


def _share(numerator: int, denominator: int) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "value": numerator / denominator}


async def test_the_evaluation_equals_a_hand_count(referrals: Running) -> None:
    await _meet(referrals)
    whole = await read(referrals, "/evaluation?community=kendal&kind=frailty")
    assert whole == {
        "meetings": 2,
        "discussed": 5,
        "people": 4,
        "sectors_a_meeting": _share(5, 2),
        "actions": 5,
        "actions_overdue": 1,
        "actions_on_time": _share(2, 4),
        "benefit_asked": _share(3, 5),
        "benefit": _share(2, 3),
        "use_avoided": 2,
        "team_functioning": {
            "measure": "team-functioning-mean",
            "href": "/v1/performance?measure=team-functioning-mean&community=kendal",
        },
    }
    july = await read(referrals, "/evaluation?community=kendal&from=2026-07-01&to=2026-07-31")
    assert (july["meetings"], july["discussed"], july["actions_on_time"]["value"]) == (1, 1, None)
    lead = referrals.token("development-lead", communities=("kendal",))
    assert await read(referrals, "/evaluation?community=kendal&kind=frailty", by=lead) == whole
    assert (await read(referrals, "/evaluation?community=kendal&kind=children"))["meetings"] == 0


async def test_an_evaluation_is_exact_only_for_ones_own_communities(referrals: Running) -> None:
    async def ask(query: str, by: dict[str, str]) -> int:
        answer = await referrals.client.get(f"/v1/mdt-meetings/evaluation?{query}", headers=by)
        return answer.status_code

    assert await ask("community=kendal", manager(referrals, "barrow")) == 403
    assert await ask("community=south-cumbria", manager(referrals)) == 403
    assert await ask("community=south-cumbria", referrals.token("analyst", communities=("*",))) == 200
    assert await ask("community=kendal", referrals.token("dashboard")) == 403
    assert await ask("community=atlantis", manager(referrals)) == 422
    assert await ask("community=kendal&from=2026-07-02&to=2026-07-01", manager(referrals)) == 422


async def test_discussions_are_counted_by_kind_and_a_rebuild_gives_the_same(referrals: Running) -> None:
    await _meet(referrals)
    await day_periodic(TOPICS).run(referrals.platform)
    await referrals.work()
    counted = [
        (fact["place"], fact["month"], fact["breakdowns"], fact["numerator"])
        for fact in await facts(referrals)
        if fact["measure"] == "mdt-discussions"
    ]
    assert sorted(counted, key=str) == [
        ("kendal", "2026-06", {"kind": "frailty"}, 4),
        ("kendal", "2026-07", {"kind": "frailty"}, 1),
    ]
    before = await published(referrals)
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    assert sorted(await published(referrals), key=str) == sorted(before, key=str)


async def test_the_rates_of_meetings_are_counted_once_their_day_has_passed(referrals: Running) -> None:
    await _meet(referrals)

    async def rates(measure: str, day: str) -> dict[tuple[str, str], tuple[int, int | None]]:
        async with referrals.platform.transaction() as session:
            found = await rates_standing(session, at=london(day), day=date.fromisoformat(day))
        return {
            (one.place, one.month): (one.numerator, one.denominator)
            for one in found
            if one.measure == measure
        }

    assert await rates("mdt-actions-on-time-rate", "2026-07-09") == {("kendal", "2026-07-01"): (2, 2)}
    assert await rates("mdt-actions-on-time-rate", "2026-08-31") == {("kendal", "2026-07-01"): (2, 4)}
    assert await rates("mdt-actions-on-time-rate", "2026-09-01") == {}
    sectors = {("kendal", "2026-06-01"): (3, 1), ("kendal", "2026-07-01"): (2, 1)}
    assert await rates("mdt-sectors-present", "2026-07-22") == sectors
    assert await rates("mdt-benefit-rate", "2026-09-24") == {}
    assert await rates("mdt-benefit-rate", "2026-10-30") == {
        ("kendal", "2026-06-01"): (2, 4),
        ("kendal", "2026-07-01"): (0, 1),
    }
