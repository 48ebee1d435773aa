"""Who is behind a trajectory, and why: the first page leads to the practices of a community beside theirs."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.publishing import cut
from tests.trajectories.shares.a_bay import a_bay, a_practice, approved, happened, planned, within
from tests.trajectories.writing import look

BEFORE, SINCE = 12, 4


@pytest.fixture
async def bay(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Of 1,000 spells a month, which should be more, east's practices were meant to have 50 each and have 30 and 55."""
    places = {"Z00001": "east", "Z00002": "east", "Z00003": "west"}
    practices = [a_practice(code, within(place)) for code, place in places.items()]
    async with a_bay(databases, tmp_path, practices) as service:
        counts = {
            "Z00001": [50] * BEFORE + [30] * SINCE,
            "Z00002": [50] * BEFORE + [55] * SINCE,
            "Z00003": [900] * BEFORE + [891] * SINCE,
        }
        await happened(service, counts, Month(2019, 4))
        await planned(service, months={str(Month(2020, 4) + at): 1000 for at in range(12)})
        await approved(service)
        yield service


async def page(service: Running, address: str, role: str = "analyst", **asked: Any) -> Element:
    answer = await look(service, address, role, **{"reference": "2020-07", **asked})
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


async def test_who_is_behind_is_named_the_furthest_first_with_a_way_to_the_reason(bay: Running) -> None:
    first = await page(bay, "/")
    attention = first.one("section", class_="app-attention")
    assert (
        attention.one("h3").text == "A measure: 2 of 2 below trajectory, the furthest first, as a share of it"
    )
    told = [one.text for one in list(attention.all("ul"))[-1].all("li")]
    assert [one.partition(".")[0] for one in told] == [
        "East: 85, 15 below its trajectory of 100 (−15%)",
        "West: 891, 9 below its trajectory of 900 (−1%)",
    ]
    ways = {one.attributes["href"] for one in attention.all("a") if one.text.startswith("Why")}
    assert ways == {f"/measures/spells?community={slug}&reference=2020-07#why" for slug in ("east", "west")}
    assert [row["Community"] for row in table_of(first, class_="app-matrix")] == ["East", "West"]


async def test_practices_stand_beside_their_own_trajectories(bay: Running) -> None:
    shown = await page(bay, "/measures/spells", community="east")
    rows = [list(row.values()) for row in table_of(shown, class_="app-why")]
    assert rows == [
        ["Surgery Z00001", "30", "50", "20 below", "120", "200", "80 below"],
        ["Surgery Z00002", "55", "50", "5 above", "220", "200", "20 above"],
    ]
    assert "1 of 2 practices is below its part of the trajectory" in shown.one("main").text
    for row, code in zip(rows, ("Z00001", "Z00002"), strict=True):
        asked: dict[str, Any] = {"measure": "spells", "community": code, "from": "2020-07", "to": "2020-07"}
        told = (await look(bay, "/v1/performance", include="trajectory", **asked)).json()
        (point,) = told["series"][0]["points"]
        assert row[1:3] == [str(point["value"]), str(point["trajectory"])]
    ways = {one.text: one.attributes["href"] for one in shown.one("section", id="why").all("a")}
    who = bay.token("analyst", communities=("*",))
    table = await bay.client.get(ways["its practices as CSV"], headers=who)
    taken = {
        line["community"]: line
        for line in csv.DictReader(io.StringIO(table.text))
        if line["month"] == "2020-07"
    }
    assert {key: (one["value"], one["trajectory"]) for key, one in taken.items()} == {
        code: (row[1], row[2]) for row, code in zip(rows, ("Z00001", "Z00002"), strict=True)
    }
    assert "spells-2019-08-2020-07.csv" in table.headers["content-disposition"]
    link = next(iter(shown.one("table", class_="app-why").all("a"))).attributes["href"]
    assert (await look(bay, link)).status_code == 200


async def test_practices_are_shown_to_nobody_who_may_not_see_them(bay: Running) -> None:
    await cut(bay)
    for role in ("dashboard", "oversight"):
        shown = await page(bay, "/measures/spells", role, community="east")
        assert "Surgery" not in shown.one("main").text
        assert (
            "Which practices make it is shown to those alone who may see exact figures of East."
            in shown.one("section", id="why").text
        )


async def test_a_reading_of_practices_names_them_in_the_record(bay: Running) -> None:
    await page(bay, "/measures/spells", community="east")
    (read,) = await bay.rows("select detail from audit where event = 'performance.read'")
    assert {"Z00001", "Z00002", "east"} <= set(orjson.loads(read["detail"])["places"])


async def test_a_month_stands_beside_that_of_the_year_before_as_the_reader_sees_both(bay: Running) -> None:
    await cut(bay)
    for role in ("analyst", "dashboard"):
        shown = await page(bay, "/measures/spells", role, community="east")
        asked: dict[str, Any] = {"measure": "spells", "community": "east", "compare": "previous-year"}
        told = (
            await look(bay, "/v1/performance", role, **{**asked, "from": "2020-07", "to": "2020-07"})
        ).json()
        (point,) = told["series"][0]["points"]
        now, before = point["value"], point["previous"]["value"]
        said = next(iter(shown.one("section", id="why").all("p"))).text
        assert said.startswith(f"July 2020: {now}. July 2019: {before}. That is {before - now} fewer (−")
