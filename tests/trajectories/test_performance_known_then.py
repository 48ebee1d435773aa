"""What is known now and what was known then: new figures, withdrawn ones, and answers that were kept."""

from datetime import timedelta

from services.trajectories.performance.keeping import STALE_SECONDS, ServedVersion
from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask, get, statuses, values
from tests.trajectories.quarter import KNOWN_AT, a_cell, publish


async def test_a_new_figure_shows_and_the_old_one_is_still_known_as_at_before(changing: Running) -> None:
    later = KNOWN_AT + timedelta(days=30, microseconds=250)
    before = await get(changing, community="kendal")
    await publish(
        changing,
        [a_cell("reablement-assessments", Month(2020, 1), "kendal", 30, route="community")],
        known_at=later,
    )
    after = await ask(changing, community="kendal")
    assert values(after)["kendal"] == [38, 24, 35]
    assert after["as_at"] == "2020-05-09T10:00:00.000250Z"
    then = await get(changing, community="kendal", as_at=before.json()["as_at"])
    assert then.content == before.content
    now = await get(changing, community="kendal", as_at=after["as_at"])
    assert now.json() == after


async def test_an_offset_in_an_as_at_need_not_be_escaped(quarter: Running) -> None:
    query = "/v1/performance?measure=reablement-assessments&from=2020-01&to=2020-03&as_at="
    headers = quarter.token("analyst", communities=("*",))
    on_time = await quarter.client.get(f"{query}2020-04-09T11:00:00+01:00", headers=headers)
    too_early = await quarter.client.get(f"{query}2020-04-09T10:59:59+01:00", headers=headers)
    assert on_time.json()["as_at"] == "2020-04-09T10:00:00Z"
    assert too_early.json()["as_at"] is None


async def test_a_withdrawn_cell_counts_to_nothing(changing: Running) -> None:
    cells = [
        a_cell("reablement-assessments", Month(2020, 1), "east", None, route=route)
        for route in ("community", "hospital")
    ]
    await publish(changing, cells, known_at=KNOWN_AT + timedelta(days=1))
    body = await ask(changing, community="east,south-cumbria")
    assert values(body)["east"] == [None, 15, 22]
    assert statuses(body, "east")[0] == "not-supplied"
    assert statuses(body, "south-cumbria") == ["partial", "final", "final"]


async def test_an_answer_that_was_kept_is_not_given_once_a_new_figure_was_heard_of(changing: Running) -> None:
    await get(changing, community="kendal")
    cell = a_cell("reablement-assessments", Month(2020, 1), "kendal", 30, route="community")
    version = changing.app.state.reporting.version
    current = version.current
    await publish(changing, [cell], known_at=KNOWN_AT + timedelta(days=2))
    assert version.current == current + 1
    assert values(await ask(changing, community="kendal"))["kendal"][0] == 38


async def test_a_version_that_was_not_heard_of_for_two_seconds_is_none(changing: Running) -> None:
    now = 1000.0
    version = ServedVersion(changing.platform.database, lambda: None, clock=lambda: now)
    await version.ask()
    heard = version.current
    assert heard is not None
    now += STALE_SECONDS - 0.1
    kept = version.current
    assert kept == heard
    now += 0.2
    assert version.current is None
    await version.ask()
    assert version.current == heard
