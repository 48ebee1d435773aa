"""Publications: what callers without exact figures see is a cut, the same for everybody, and never the live figure."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.asking import QUARTER, ask, get, values
from tests.trajectories.publishing import ADDRESS, cut, post_publication
from tests.trajectories.quarter import a_cell, publish, quarter_cells

BARROW: dict[str, Any] = {"community": "barrow"}
APRIL = datetime(2020, 4, 20, 9, 0, tzinfo=UTC)


def restated(count: int) -> Any:
    """January of Barrow's greatest route."""
    return a_cell("reablement-assessments", Month(2020, 1), "barrow", count, route="community")


async def test_before_the_first_publication_everything_is_hidden_and_a_note_says_so(
    changing: Running,
) -> None:
    body = await ask(changing, "dashboard", **BARROW)
    points = body["series"][0]["points"]
    assert [(point["value"], point["suppressed"]) for point in points] == [(None, True)] * 3
    assert body["as_at"] is None
    assert body["provenance"] == []
    assert any("Nothing had been published yet" in note for note in body["notes"])


async def test_what_becomes_known_is_seen_with_the_next_publication_and_not_before(changing: Running) -> None:
    first = await cut(changing)
    before = await get(changing, "dashboard", **BARROW)
    await publish(changing, [restated(70)], known_at=APRIL)
    assert values(await ask(changing, **BARROW))["barrow"][0] > 70
    assert (await get(changing, "dashboard", **BARROW)).content == before.content
    second = await cut(changing)
    after = await get(changing, "dashboard", **BARROW)
    assert values(after.json())["barrow"][0] > 70
    assert after.headers["etag"] != before.headers["etag"]
    assert before.json()["as_at"] == first["published_at"]
    assert after.json()["as_at"] == second["published_at"]


async def test_as_at_goes_down_to_the_publication_at_or_before_it(changing: Running) -> None:
    first = await cut(changing)
    await publish(changing, [restated(70)], known_at=APRIL)
    second = await cut(changing)
    instant = datetime.fromisoformat(second["published_at"])
    for at in (instant - timedelta(microseconds=1), datetime.fromisoformat(first["published_at"])):
        body = await ask(changing, "dashboard", **BARROW, as_at=at.isoformat())
        assert body["as_at"] == first["published_at"]
        assert values(body)["barrow"][0] == 50
    body = await ask(changing, "dashboard", **BARROW, as_at=second["published_at"])
    assert body["as_at"] == second["published_at"]
    before = await ask(changing, "dashboard", **BARROW, as_at=(instant - timedelta(days=1)).isoformat())
    assert before["series"][0]["points"][0]["suppressed"]


async def test_walking_as_at_back_a_microsecond_at_a_time_meets_publications_only(changing: Running) -> None:
    referrals = [a_cell("referrals-received", Month(2020, 3), "A82026", count) for count in (1, 2, 3, 4, 5)]
    for minute, cell in enumerate(referrals):
        await publish(changing, [cell], known_at=APRIL + timedelta(minutes=minute))
    made = await cut(changing)
    asked = {"measure": "referrals-received", "community": "kendal", "from": "2020-03", "to": "2020-03"}
    seen, at = [], made["published_at"]
    for _ in range(10):
        body = await ask(changing, "dashboard", **asked, as_at=at)
        seen.append(body["as_at"])
        if body["as_at"] is None:
            break
        at = (datetime.fromisoformat(body["as_at"]) - timedelta(microseconds=1)).isoformat()
    assert seen == [made["published_at"], None]


@pytest.mark.parametrize(
    ("role", "who"),
    [
        ("council-feed", {"org": "lancashire"}),
        ("case-manager", {"communities": ("lancaster",)}),
        ("practice-system", {"org": "A82026"}),
        ("operator", {"communities": ("*",)}),
    ],
)
async def test_what_is_published_does_not_depend_on_who_asks(
    quarter: Running, role: str, who: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"community": "kendal,south-cumbria,barrow"}
    public = await get(quarter, "dashboard", **asked)
    theirs = await get(quarter, role, who=who, **asked)
    assert (theirs.content, theirs.headers["etag"]) == (public.content, public.headers["etag"])


async def test_own_figures_are_live_beside_published_ones(changing: Running) -> None:
    await cut(changing)
    await publish(changing, [restated(70)], known_at=APRIL)
    kendal = a_cell("reablement-assessments", Month(2020, 2), "kendal", 80, route="community")
    await publish(changing, [kendal], known_at=APRIL + timedelta(days=1))
    asked: dict[str, Any] = {"community": "kendal,barrow"}
    answer = await get(changing, "case-manager", who={"communities": ("kendal",)}, **asked)
    assert values(answer.json())["kendal"][1] > 80
    assert values(answer.json())["barrow"][0] == 50


async def test_nothing_is_told_of_what_is_not_ones_own_and_not_published(changing: Running) -> None:
    """Not even when it was learnt."""
    asked: dict[str, Any] = {"community": "kendal,barrow"}
    who = {"communities": ("kendal",)}
    before = await get(changing, "case-manager", who=who, **asked)
    await publish(changing, [restated(70)], known_at=APRIL)
    assert (await get(changing, "case-manager", who=who, **asked)).content == before.content


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"grain": "rolling12"}, "month, quarter or year"),
        ({"breakdown": "route"}, "quarter and year"),
        ({"breakdown": "route", "grain": "month"}, "quarter and year"),
    ],
)
async def test_what_is_not_published_is_refused_and_what_is_is_told(
    quarter: Running, asked: dict[str, Any], told: str
) -> None:
    answer = await get(quarter, "dashboard", **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "query.group_by")
    assert told in answer.json()["detail"]
    assert (await get(quarter, "analyst", **asked)).status_code == 200


async def test_a_publication_is_listed_newest_first_with_who_made_it_and_why(changing: Running) -> None:
    for reason in ("First.", "Second."):
        assert (await post_publication(changing, reason=reason)).status_code == 201
    listed = await changing.client.get(ADDRESS, headers=changing.token("dashboard"), params={"limit": 1})
    (newest,) = listed.json()["items"]
    assert (newest["reason"], newest["client"], newest["day"]) == ("Second.", "local:publisher", None)
    rest = await changing.client.get(
        ADDRESS,
        headers=changing.token("dashboard"),
        params={"limit": 1, "cursor": listed.json()["next"]},
    )
    assert [one["reason"] for one in rest.json()["items"]] == ["First."]


async def test_how_many_counts_are_not_small_is_told_to_those_who_see_them_all(changing: Running) -> None:
    """A practice that moves a count of its own would see when its community's reaches 8, and so its neighbour's."""
    made = await cut(changing)
    assert made["due"] >= made["shown"] > 0
    told = {}
    for role, who in (
        ("analyst", {"communities": ("*",)}),
        ("dashboard", {"communities": ("*",)}),
        ("operator", {"communities": ("*",)}),
        ("case-manager", {"communities": ("kendal",)}),
        ("practice-system", {"org": "A82026"}),
        ("council-feed", {"org": "cumbria"}),
    ):
        answer = await changing.client.get(ADDRESS, headers=changing.token(role, **who))
        (one,) = answer.json()["items"]
        told[role] = (one["cells"], one["due"], one["shown"])
    assert told.pop("analyst") == (made["cells"], made["due"], made["shown"])
    assert set(told.values()) == {(made["cells"], None, None)}


async def test_the_same_key_publishes_once(changing: Running) -> None:
    key = str(uuid.uuid4())
    first, again = [await post_publication(changing, key=key) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    listed = await changing.client.get(ADDRESS, headers=changing.token("dashboard"))
    assert len(listed.json()["items"]) == 1


@pytest.mark.parametrize("role", ["analyst", "dashboard", "operator", "council-feed"])
async def test_only_a_publisher_publishes(quarter: Running, role: str) -> None:
    answer = await post_publication(quarter, role)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"reason": ""}, "text.blank"),
        ({"why": "x"}, "body.unknown_field"),
        ({"reason": 3}, "body.type"),
    ],
)
async def test_a_publication_needs_a_reason(quarter: Running, body: dict[str, Any], code: str) -> None:
    answer = await post_publication(quarter, **body)
    assert answer.status_code == 422
    assert code in {error["code"] for error in answer.json()["errors"]}


async def test_a_publication_needs_a_key(quarter: Running) -> None:
    answer = await quarter.client.post(ADDRESS, json={"reason": "x"}, headers=quarter.token("publisher"))
    assert answer.json()["code"] == "idempotency.required"


async def test_a_publication_is_in_the_audit(changing: Running) -> None:
    made = await cut(changing)
    rows = await changing.rows("select client, resource_id from audit where event = 'publication.make'")
    assert [(row["client"], row["resource_id"]) for row in rows] == [("local:publisher", made["id"])]


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def test_each_day_has_one_publication_from_five_past_midnight_in_england(
    databases: Databases, tmp_path: Path
) -> None:
    # Four minutes past midnight in London, where it is summer.
    clock = Clock(datetime(2020, 6, 1, 23, 4, tzinfo=UTC))
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path, clock=clock) as service,
    ):
        await publish(service, quarter_cells())
        await service.work()
        assert await days(service) == []
        clock.now += timedelta(minutes=1)
        await service.work()
        await service.work()
        assert await days(service) == ["2020-06-02"]
        assert values(await ask(service, "dashboard", **BARROW))["barrow"] == [50, 35, 45]
        clock.now += timedelta(days=1)
        await service.work()
        assert await days(service) == ["2020-06-03", "2020-06-02"]


async def test_a_system_that_knew_nothing_at_the_hour_publishes_nothing_that_day(
    databases: Databases, tmp_path: Path
) -> None:
    clock = Clock(datetime(2020, 4, 9, 12, 0, tzinfo=UTC))
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path, clock=clock) as service,
    ):
        await publish(service, quarter_cells())  # known at ten
        await service.work()
        assert await days(service) == []


async def days(service: Running) -> list[str]:
    listed = await service.client.get(ADDRESS, headers=service.token("dashboard"))
    return [one["day"] for one in listed.json()["items"]]


async def test_a_publication_stores_only_what_it_shows_otherwise(changing: Running) -> None:
    await cut(changing)
    await cut(changing)
    (row,) = await changing.rows(
        "select count(*) as cells, count(distinct since) as cuts from published_cell"
    )
    assert row["cuts"] == 1
    await publish(changing, [restated(70)], known_at=APRIL)
    await cut(changing)
    (again,) = await changing.rows(
        "select count(*) filter (where until is null) as open, count(*) as cells from published_cell"
    )
    assert again["open"] == row["cells"] < again["cells"] < 2 * row["cells"]


async def test_a_council_that_resends_its_own_reads_nothing_of_another_off_their_total(
    trajectories: Running,
) -> None:
    """Whatever the other hides, the total moves as what the council shows of itself does."""
    seen = []
    month = {"from": "2023-05", "to": "2023-05"}
    for other, first in ((5, 0), (2, 20)):
        shown = []
        for step in range(6):
            cells = [
                a_cell("reablement-assessments", Month(2023, 5), "barrow", 40 + step, route="community"),
                a_cell("reablement-assessments", Month(2023, 5), "millom", other, route="community"),
            ]
            for cell, council in zip(cells, ("westmorland-and-furness", "cumberland"), strict=True):
                object.__setattr__(cell, "source", council)
            await publish(trajectories, cells, known_at=APRIL + timedelta(days=first + step))
            await cut(trajectories)
            body = await ask(trajectories, "dashboard", community="barrow-and-millom", **month)
            shown.append(values(body)["barrow-and-millom"])
        seen.append(shown)
    assert seen[0] == seen[1] == [[45], [45], [45], [50], [50], [50]]


async def test_a_practice_that_posts_reads_nothing_of_its_neighbour(trajectories: Running) -> None:
    """The community's figure is the same at every step for each of four counts of the neighbour."""
    own, other = "A82025", "A82026"
    places = trajectories.platform.registry
    on = Month(2020, 1).first_day
    community = places.icc_of_practice(own, on)
    seen: dict[int, list[Any]] = {neighbour: [] for neighbour in (1, 2, 3, 4)}
    for step in range(0, 13, 2):
        cells = [
            a_cell("referrals-received", Month(2020, neighbour), practice, count)
            for neighbour in seen
            for practice, count in ((own, step), (other, neighbour))
        ]
        await publish(trajectories, cells, known_at=APRIL + timedelta(days=step))
        await cut(trajectories)
        for neighbour, shown in seen.items():
            month = f"2020-0{neighbour}"
            asked = {"measure": "referrals-received", "community": f"{community},morecambe-bay"}
            body = await ask(trajectories, "dashboard", **asked, **{"from": month, "to": month})
            shown.append([series["points"][0]["value"] for series in body["series"]])
    assert seen[1] == seen[2] == seen[3] == seen[4]
    assert any(value is not None for values in seen[3] for value in values)


async def test_the_real_quarter_tells_nobody_of_the_one_person_in_january(quarter: Running) -> None:
    """Of mid-furness 20 plans in January would leave one found inappropriate."""
    asked = {"community": "mid-furness", "measure": "reablement-plan-rate"}
    body = await ask(quarter, "dashboard", **asked)
    assert body["series"][0]["points"][0]["suppressed"]
    asked = {**QUARTER, "community": "mid-furness", "measure": "reablement-outcomes", "breakdown": "outcome"}
    lines = await ask(quarter, "dashboard", **asked)
    shown = {one["breakdown"]["outcome"]: one["points"][0]["value"] for one in lines["series"]}
    assert shown["inappropriate"] is None
    rolling = await get(quarter, "dashboard", community="mid-furness", grain="rolling12")
    assert rolling.status_code == 422
