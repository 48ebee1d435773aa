"""Breakdowns that describe people: each by itself beside the total, none crossed, and the total is counted once."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from services.trajectories.ingest.jobs import pull
from services.trajectories.measures.catalogue import load_catalogue
from shared.facts.cells import Cell, Fact, FactPage
from shared.facts.fairness import FAIRNESS
from shared.ids import new_id
from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, get, statuses, values
from tests.trajectories.invented import a_measure, inventing
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

JANUARY = Month(2021, 1)
SEEN: dict[str, Any] = {"measure": "seen", "from": "2021-01", "to": "2021-03"}
LATER = datetime(2021, 5, 1, tzinfo=UTC)


def by(*names: str) -> list[str]:
    """The standard breakdowns in TOML."""
    return [f"breakdowns.{name} = {list(FAIRNESS[name])}" for name in names]


SEEN_MEASURE = a_measure(
    "seen",
    *by("age", "sex", "deprivation", "ethnicity"),
    'total_from = "age"',
    supply='"community"',
)
WOMEN = a_measure(
    "women-rate",
    'derived.numerator = { measure = "seen", where = "sex=female" }',
    'derived.denominators = [{ measure = "seen" }]',
    kind='"proportion"',
    unit='"proportion"',
    denominator='"People seen"',
)
WAITING = a_measure("waiting", *by("age", "sex"), 'total_from = "age"', over_months='"latest"')


def described(place: str, month: Month = JANUARY, **breakdowns: dict[str, int]) -> list[Cell]:
    """The cells of some people, described in several ways."""
    return [
        a_cell("seen", month, place, count, None, **{name: value})
        for name, counts in breakdowns.items()
        for value, count in counts.items()
    ]


@pytest.fixture
async def people(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Forty people of Kendal by age, sex, deprivation and ethnicity, and twelve of East by age and sex."""
    async with inventing(databases, tmp_path, SEEN_MEASURE, WOMEN, WAITING) as service:
        await publish(
            service,
            [
                *described(
                    "kendal",
                    age={"25-64": 15, "75-84": 20, "unknown": 5},
                    sex={"female": 22, "male": 18},
                    deprivation={"1": 30, "unknown": 10},
                    ethnicity={"white": 28, "unknown": 12},
                ),
                *described("east", age={"25-64": 12}, sex={"female": 12}),
            ],
        )
        await cut(service)
        yield service


def by_value(body: dict[str, Any]) -> dict[str, Any]:
    """The first value of each line of a breakdown, of those that have one."""
    return {
        value: series["points"][0]["value"]
        for series in body["series"]
        for value in series["breakdown"].values()
        if series["points"][0]["value"] is not None
    }


async def test_a_total_is_the_sum_of_one_breakdown_and_of_no_other(people: Running) -> None:
    body = await ask(people, **SEEN, community="kendal,east,morecambe-bay")
    assert {place: found[0] for place, found in values(body).items()} == {
        "kendal": 40,
        "east": 12,
        "morecambe-bay": 52,
    }


@pytest.mark.parametrize(
    ("breakdown", "shown"),
    [
        ("age", {"25-64": 15, "75-84": 20, "unknown": 5}),
        ("sex", {"female": 22, "male": 18}),
        ("deprivation", {"1": 30, "unknown": 10}),
        ("ethnicity", {"white": 28, "unknown": 12}),
    ],
)
async def test_each_breakdown_is_shown_beside_the_total_with_the_unknown_as_a_line(
    people: Running, breakdown: str, shown: dict[str, int]
) -> None:
    body = await ask(people, **SEEN, community="kendal", breakdown=breakdown)
    assert by_value(body) == shown
    assert [one["breakdown"][breakdown] for one in body["series"]] == list(FAIRNESS[breakdown])
    assert not any("add up" in note for note in body["notes"])


@pytest.mark.parametrize("breakdown", ["age,sex", "sex,age"])
async def test_two_breakdowns_at_once_are_refused(people: Running, breakdown: str) -> None:
    answer = await get(people, **SEEN, community="kendal", breakdown=breakdown)
    assert (answer.status_code, answer.json()["code"]) == (422, "query.group_by")
    assert "One breakdown at a time" in answer.text


async def test_a_rate_of_one_line_divides_by_the_total_once(people: Running) -> None:
    body = await ask(people, **{**SEEN, "measure": "women-rate"}, community="kendal")
    point = body["series"][0]["points"][0]
    assert (point["numerator"], point["denominator"]) == (22, 40)


async def test_breakdowns_that_disagree_with_the_total_are_named(people: Running) -> None:
    await publish(people, described("east", sex={"male": 3}))
    body = await ask(people, **SEEN, community="east", breakdown="sex")
    assert by_value(body) == {"female": 12, "male": 3}
    assert (
        "A measure: the breakdown by sex does not add up to the total, which is made from the one by age."
        in body["notes"]
    )
    assert values(await ask(people, **SEEN, community="east"))["east"][0] == 12


async def test_a_place_without_the_breakdown_that_makes_the_total_is_not_supplied(people: Running) -> None:
    await publish(people, described("millom", sex={"male": 30}))
    body = await ask(people, **SEEN, community="millom")
    assert (values(body)["millom"][0], statuses(body, "millom")[0]) == (None, "not-supplied")


async def test_a_sum_that_lacks_the_total_of_a_place_is_partial(people: Running) -> None:
    await publish(people, [*described("millom", sex={"male": 30}), *described("barrow", age={"0-4": 20})])
    body = await ask(people, **SEEN, community="barrow-and-millom,barrow")
    assert {place: found[0] for place, found in values(body).items()} == {
        "barrow-and-millom": 20,
        "barrow": 20,
    }
    assert [statuses(body, place)[0] for place in values(body)] == ["partial", "final"]


async def test_a_cell_without_any_breakdown_counts_to_the_total(people: Running) -> None:
    await publish(people, [a_cell("seen", Month(2021, 2), "kendal", 33)])
    assert values(await ask(people, **SEEN, community="kendal"))["kendal"] == [40, 33, None]


async def test_restated_people_leave_the_past_as_it_was_in_every_breakdown(people: Running) -> None:
    await publish(people, described("kendal", age={"unknown": 0, "75-84": 25}), known_at=LATER)
    now = await ask(people, **SEEN, community="kendal", breakdown="age")
    assert by_value(now) == {"25-64": 15, "75-84": 25, "unknown": 0}
    then = await ask(people, **SEEN, community="kendal", breakdown="age", as_at="2021-04-30T00:00:00Z")
    assert by_value(then) == {"25-64": 15, "75-84": 20, "unknown": 5}
    for as_at in (None, "2021-04-30T00:00:00Z"):
        total = await ask(people, **SEEN, community="kendal", as_at=as_at)
        assert values(total)["kendal"][0] == 40


async def test_every_format_shows_the_lines_of_a_breakdown(people: Running) -> None:
    asked = {**SEEN, "to": "2021-01", "community": "kendal", "breakdown": "age"}
    expected = {"25-64": 15, "75-84": 20, "unknown": 5}
    rows = csv.DictReader(io.StringIO((await get(people, **asked, format="csv")).text))
    assert {one["value_of_breakdown"]: int(one["value"]) for one in rows if one["value"]} == expected
    content = (await get(people, **asked, format="xlsx")).content
    header, *lines = openpyxl.load_workbook(io.BytesIO(content))["Figures"].iter_rows(values_only=True)
    named = [dict(zip(header, line, strict=True)) for line in lines]
    assert {one["value_of_breakdown"]: one["value"] for one in named if one["value"]} == expected


async def test_of_a_total_and_the_lines_of_a_breakdown_one_is_hidden_that_would_give_another_away(
    people: Running,
) -> None:
    await publish(
        people,
        described(
            "barrow",
            age={"25-64": 43},
            sex={"female": 43},
            ethnicity={"white": 12, "asian": 12, "black": 12, "mixed": 7},
        ),
    )
    await cut(people)
    asked = {**SEEN, "community": "barrow", "grain": "quarter"}
    (total,) = (await ask(people, "dashboard", **asked))["series"][0]["points"]
    lines = await ask(people, "dashboard", **asked, breakdown="ethnicity")
    shown = {series["breakdown"]["ethnicity"]: series["points"][0]["value"] for series in lines["series"]}
    assert shown["mixed"] is None
    # 43 shown as 45 and three times 12 as 10 would leave 7 only.
    assert None in {total["value"], shown["white"], shown["asian"], shown["black"]}


async def test_a_line_of_a_latest_measure_is_of_the_totals_last_month(people: Running) -> None:
    cells = [
        a_cell("waiting", JANUARY, "kendal", 10, age="75-84"),
        a_cell("waiting", Month(2021, 2), "kendal", 20, age="25-64"),
    ]
    await publish(people, cells)
    asked = {**SEEN, "measure": "waiting", "grain": "quarter", "community": "kendal"}
    assert by_value(await ask(people, **asked, breakdown="age")) == {"25-64": 20}
    assert (await ask(people, **asked))["series"][0]["points"][0]["value"] == 20


class Crossing:
    """An author who crosses two breakdowns of people."""

    async def read(self, *, after: int) -> FactPage:
        """One crossed fact, and one that is not."""
        assert after == 0
        items = [
            Fact(
                seq=seq,
                measure="seen",
                month="2021-03",
                place="kendal",
                breakdowns=breakdowns,
                source="test",
                numerator=20,
                denominator=None,
                known_at=LATER,
            )
            for seq, breakdowns in enumerate(({"age": "0-4", "sex": "male"}, {"age": "5-17"}), start=1)
        ]
        return FactPage(schema=1, epoch=new_id(), items=items, next=None)


async def test_a_crossed_cell_is_withdrawn_on_its_way_in(people: Running) -> None:
    await pull(people.platform, {"referrals": Crossing()})
    await people.app.state.reporting.version.ask()
    assert values(await ask(people, **SEEN, community="kendal"))["kendal"] == [40, None, 20]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (by("age", "sex"), "added to the total twice"),
        ([*by("age", "sex"), 'total_from = "route"'], "one of the breakdowns"),
        (['breakdowns.age = ["0-17", "18-and-over"]'], "has the values 0-4, 5-17"),
        (['breakdowns.sex = ["female", "male"]'], "has the values female, male, other, unknown"),
    ],
)
def test_breakdowns_of_people_are_declared_as_agreed(tmp_path: Path, lines: list[str], fault: str) -> None:
    file = tmp_path / "measures.toml"
    file.write_text(a_measure("seen", *lines))
    with pytest.raises(ValidationError, match=fault):
        load_catalogue(file)


async def test_the_catalogue_says_which_breakdown_makes_the_total(people: Running) -> None:
    answer = await people.client.get("/v1/measures/seen", headers=people.token("dashboard"))
    assert answer.json()["total_from"] == "age"
    assert list(answer.json()["breakdowns"]) == ["age", "sex", "deprivation", "ethnicity"]
