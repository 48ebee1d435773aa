"""Numbers that are not whole, or are below 0: facts carry integers, values have their unit, and people decide what is small."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from services.trajectories.ingest.jobs import pull
from services.trajectories.measures.catalogue import load_catalogue
from shared.facts.cells import Fact, FactPage
from shared.ids import new_id
from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, get
from tests.trajectories.invented import a_measure, a_rate, inventing
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

QUARTER: dict[str, Any] = {"from": "2021-01", "to": "2021-03"}
LATER = datetime(2021, 5, 1, tzinfo=UTC)
PEOPLE = a_measure("helped", unit='"people"')
CHANGE = a_rate("change", unit='"points"', kind='"mean"', scale="100", signed="true")
SAVED = a_measure("saved", unit='"days"', scale="10", signed="true", people='"helped"')
NET = a_rate("net", unit='"days a person"', scale="10", signed="true", people='"denominator"')


@pytest.fixture
async def scaled(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Changes of wellbeing and days saved, with the people behind them, in two communities."""
    async with inventing(databases, tmp_path, PEOPLE, CHANGE, SAVED, NET, a_measure("acts")) as service:
        await publish(
            service,
            [
                a_cell("change", Month(2021, 1), "kendal", -430, 10),
                a_cell("change", Month(2021, 2), "kendal", 255, 20),
                a_cell("change", Month(2021, 1), "east", 900, 4),
                a_cell("saved", Month(2021, 1), "kendal", -1234),
                a_cell("saved", Month(2021, 1), "east", 987_654_321_012),
                a_cell("saved", Month(2021, 1), "barrow", 30),
                a_cell("helped", Month(2021, 1), "kendal", 20),
                a_cell("helped", Month(2021, 1), "east", 3),
                a_cell("net", Month(2021, 1), "kendal", -1234, 20),
                a_cell("net", Month(2021, 1), "east", -1234, 5),
            ],
        )
        await cut(service)
        yield service


async def points(
    service: Running, measure: str, role: str = "analyst", **params: Any
) -> dict[str, list[dict[str, Any]]]:
    """The points of each community."""
    body = await ask(service, role, measure=measure, **{**QUARTER, **params})
    return {series["community"]: series["points"] for series in body["series"]}


@pytest.mark.parametrize(
    ("measure", "value", "numerator", "denominator"),
    [("change", -0.43, -430, 10), ("saved", -123.4, -1234, None), ("net", -6.17, -1234, 20)],
)
async def test_a_value_is_the_numerator_over_its_scale(
    scaled: Running, measure: str, value: float, numerator: int, denominator: int | None
) -> None:
    shown = (await points(scaled, measure, community="kendal"))["kendal"][0]
    assert (shown["value"], shown["numerator"], shown["denominator"]) == (value, numerator, denominator)


async def test_scaled_numbers_add_up_over_months_and_places(scaled: Running) -> None:
    shown = (await points(scaled, "change", community="kendal", grain="quarter"))["kendal"][0]
    assert (shown["value"], shown["numerator"], shown["denominator"]) == (-175 / 3000, -175, 30)
    whole = (await points(scaled, "saved", community="morecambe-bay"))["morecambe-bay"][0]
    assert whole["numerator"] == 987_654_321_012 - 1234 + 30


async def test_an_answer_says_what_the_scale_is(scaled: Running) -> None:
    body = await ask(scaled, measure="change", community="kendal", **QUARTER)
    assert (body["measure"]["scale"], body["measure"]["unit"]) == (100, "points")
    assert "A measure: a numerator of 100 is 1 in the unit of the value." in body["notes"]
    assert "scale" not in (await ask(scaled, measure="helped", community="kendal", **QUARTER))["measure"]


@pytest.mark.parametrize("measure", ["change", "saved", "net"])
async def test_every_format_has_the_same_signed_number(scaled: Running, measure: str) -> None:
    asked: dict[str, Any] = {"measure": measure, "community": "kendal", "from": "2021-01", "to": "2021-01"}
    shown = (await points(scaled, **asked))["kendal"][0]
    (row,) = csv.DictReader(io.StringIO((await get(scaled, **asked, format="csv")).text))
    assert (float(row["value"]), int(row["numerator"])) == (shown["value"], shown["numerator"])
    assert made_of(row) == pytest.approx(shown["value"])
    content = (await get(scaled, **asked, format="xlsx")).content
    header, line = openpyxl.load_workbook(io.BytesIO(content))["Figures"].iter_rows(values_only=True)
    cell = dict(zip(header, line, strict=True))
    assert (cell["value"], cell["numerator"]) == (shown["value"], shown["numerator"])
    assert made_of(cell) == pytest.approx(shown["value"])


def made_of(row: Mapping[Any, Any]) -> float:
    """The value of a row of a table, worked out from what stands beside it."""
    return int(row["numerator"]) / int(row["scale"]) / int(row["denominator"] or 1)


async def test_a_restated_sum_leaves_the_past_as_it_was(scaled: Running) -> None:
    await publish(scaled, [a_cell("saved", Month(2021, 1), "kendal", -1000)], known_at=LATER)
    assert (await points(scaled, "saved", community="kendal"))["kendal"][0]["value"] == -100
    before = await points(scaled, "saved", community="kendal", as_at="2021-04-30T00:00:00Z")
    assert before["kendal"][0]["value"] == -123.4


async def test_a_sum_is_hidden_for_the_few_people_behind_it_however_large_it_is(scaled: Running) -> None:
    shown = await points(scaled, "saved", "dashboard", community="kendal,east")
    assert shown["east"][0]["suppressed"]
    # Twenty people: the sum is shown to the nearest five days.
    assert (shown["kendal"][0]["value"], shown["kendal"][0]["numerator"]) == (-125, -1250)


async def test_a_sum_is_hidden_where_nobody_says_how_many_people_it_is_of(scaled: Running) -> None:
    assert (await points(scaled, "saved", "dashboard", community="barrow"))["barrow"][0]["suppressed"]


@pytest.mark.parametrize("measure", ["change", "net"])
async def test_a_denominator_of_few_people_hides_a_signed_figure(scaled: Running, measure: str) -> None:
    shown = await points(scaled, measure, "dashboard", community="kendal,east")
    assert [shown[place][0]["suppressed"] for place in ("kendal", "east")] == [False, True]


async def test_a_small_sum_of_many_people_is_shown(scaled: Running) -> None:
    await publish(
        scaled,
        [
            a_cell("saved", Month(2021, 2), "lancaster", 30),
            a_cell("helped", Month(2021, 2), "lancaster", 40),
        ],
    )
    await cut(scaled)
    shown = (await points(scaled, "saved", "dashboard", community="lancaster"))["lancaster"][1]
    assert (shown["value"], shown["suppressed"]) == (5, False)


async def test_a_sum_is_shown_where_the_people_behind_it_are(scaled: Running) -> None:
    await publish(
        scaled,
        [
            cell
            for place, people in (("lancaster", 3), ("bay-icc", 2), ("kendal", 12), ("east", 7))
            for cell in (
                a_cell("saved", Month(2021, 3), place, 1000),
                a_cell("helped", Month(2021, 3), place, people),
            )
        ],
    )
    await cut(scaled)
    places = "morecambe-bay,south-cumbria,lancashire,kendal,east"
    of_sums = await points(scaled, "saved", "dashboard", community=places)
    of_people = await points(scaled, "helped", "dashboard", community=places)
    hidden = {place: found[2]["suppressed"] for place, found in of_people.items()}
    assert set(hidden.values()) == {True, False}
    assert {place: found[2]["suppressed"] for place, found in of_sums.items()} == hidden


async def test_a_chart_has_limits_below_0(scaled: Running) -> None:
    values = (-3, 4, -6, 2, -1, 5, -4, 3, -2, 1, -5, 6)
    await publish(
        scaled,
        [
            a_cell("change", Month(2020, month), "lancaster", 1000 * value, 10)
            for month, value in enumerate(values, start=1)
        ],
    )
    asked = {"measure": "change", "community": "lancaster", "from": "2020-01", "to": "2020-12"}
    (series,) = (await ask(scaled, **asked, include="spc"))["series"]
    assert series["spc"]["mean"] == sum(values) / 12
    assert series["spc"]["lower"] < -6 < 6 < series["spc"]["upper"]


class Author:
    """An author who gives these figures."""

    def __init__(self, **numerators: int) -> None:
        self._page = FactPage(
            schema=1,
            epoch=new_id(),
            items=[
                Fact(
                    seq=seq,
                    measure=measure,
                    month="2021-03",
                    place="millom",
                    breakdowns={},
                    source="an author",
                    numerator=numerator,
                    denominator=None,
                    known_at=LATER,
                )
                for seq, (measure, numerator) in enumerate(numerators.items(), start=1)
            ],
            next=None,
        )

    async def read(self, *, after: int) -> FactPage:
        """All of them at once."""
        assert after == 0
        return self._page


async def test_a_negative_count_is_withdrawn_on_its_way_in_and_holds_up_nothing(scaled: Running) -> None:
    await pull(scaled.platform, {"referrals": Author(acts=-1, saved=-10, helped=8)})
    await scaled.app.state.reporting.version.ask()
    asked = "acts,saved,helped"
    body = await ask(scaled, measure=asked, community="millom", **{**QUARTER, "from": "2021-03"})
    shown = {series["measure"]: series["points"][0]["value"] for series in body["series"]}
    assert shown == {"acts": None, "saved": -1, "helped": 8}


@pytest.mark.parametrize(
    ("declarations", "fault"),
    [
        ([a_measure("saved", scale="10")], "counts no people"),
        ([a_measure("saved", signed="true")], "counts no people"),
        (
            [a_rate("saved", kind='"proportion"', unit='"proportion"', scale="10", people='"denominator"')],
            "counts no people",
        ),
        ([a_measure("saved", scale="10", people='"denominator"')], "no denominator"),
        ([a_measure("saved", scale="10", people='"nobody"')], "not a count of people"),
        ([PEOPLE, CHANGE, a_measure("saved", scale="10", people='"change"')], "not a count of people"),
        ([a_measure("saved", scale="0", people='"helped"')], "greater than 0"),
    ],
)
def test_a_number_that_counts_no_people_says_what_does(
    tmp_path: Path, declarations: list[str], fault: str
) -> None:
    file = tmp_path / "measures.toml"
    file.write_text("\n".join(declarations))
    with pytest.raises((ValidationError, ValueError), match=fault):
        load_catalogue(file)


async def test_the_catalogue_shows_scale_sign_and_people(scaled: Running) -> None:
    listed = await scaled.client.get("/v1/measures", headers=scaled.token("dashboard"))
    shown = {one["key"]: (one["scale"], one["signed"], one["people"]) for one in listed.json()["items"]}
    assert shown == {
        "helped": (1, False, None),
        "change": (100, True, "denominator"),
        "saved": (10, True, "helped"),
        "net": (10, True, "denominator"),
        "acts": (1, False, None),
    }
