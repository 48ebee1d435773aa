"""What several sources count: people are never added, and one source is the figure; acts are added."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from services.trajectories.measures.catalogue import load_catalogue
from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, get, statuses, values
from tests.trajectories.invented import a_measure, a_rate, inventing, of_source
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

QUARTER: dict[str, Any] = {"from": "2021-01", "to": "2021-03"}
LATER = datetime(2021, 5, 1, tzinfo=UTC)
TWO = ('sources.council = ["*"]', 'sources.casework = ["referrals"]', 'headline_source = "council"')
KNOWN = a_measure("known", *TWO, unit='"people"', source='"council feed, casework"', supply='"community"')
HELPED = a_measure("helped", unit='"people"', supply='"community"')
RATE = a_measure(
    "helped-rate",
    'derived.numerator = { measure = "helped" }',
    'derived.denominators = [{ measure = "known" }]',
    kind='"proportion"',
    unit='"proportion"',
    denominator='"People known"',
    supply='"community"',
)
AVOIDED = a_measure(
    "avoided",
    'breakdowns.kind = ["visit", "bed-day"]',
    'sources.referrals = ["referrals"]',
    'sources.programmes = ["*"]',
    'sources.schools = ["schools"]',
    'sources.shops = ["shops"]',
    source='"referrals, programmes, schools, shops"',
    unit='"contacts"',
)


@pytest.fixture
async def several(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Carers as two councils and case managers count them, and visits avoided as two sources judged."""
    async with inventing(databases, tmp_path, KNOWN, HELPED, RATE, AVOIDED) as service:
        known = [
            ("cumbria", 1, "kendal", 40),
            ("cumbria", 2, "kendal", 30),
            ("lancashire", 1, "lancaster", 50),
            ("referrals", 1, "kendal", 12),
            ("referrals", 3, "kendal", 9),
            ("referrals", 1, "lancaster", 3),
        ]
        await publish(
            service,
            [
                *(
                    of_source(a_cell("known", Month(2021, month), place, count), source)
                    for source, month, place, count in known
                ),
                a_cell("helped", Month(2021, 1), "kendal", 10),
                of_source(a_cell("avoided", Month(2021, 1), "kendal", 20, kind="visit"), "referrals"),
                of_source(a_cell("avoided", Month(2021, 1), "kendal", 30, kind="bed-day"), "referrals"),
                of_source(a_cell("avoided", Month(2021, 1), "kendal", 40, kind="visit"), "walking-group"),
            ],
        )
        await cut(service)
        yield service


def by_source(body: dict[str, Any]) -> dict[str, list[Any]]:
    """The values of each source, point by point."""
    return {
        series["breakdown"]["source"]: [point["value"] for point in series["points"]]
        for series in body["series"]
    }


async def test_the_headline_source_is_the_figure_of_each_place_and_of_the_whole(several: Running) -> None:
    body = await ask(several, measure="known", community="kendal,lancaster,morecambe-bay", **QUARTER)
    assert values(body) == {
        "kendal": [40, 30, None],
        "lancaster": [50, None, None],
        "morecambe-bay": [90, 30, None],
    }


async def test_what_the_headline_source_did_not_send_is_not_supplied(several: Running) -> None:
    body = await ask(several, measure="known", community="kendal", **QUARTER)
    assert statuses(body, "kendal") == ["final", "final", "not-supplied"]


async def test_each_source_is_shown_by_itself(several: Running) -> None:
    body = await ask(several, measure="known", community="kendal", breakdown="source", **QUARTER)
    assert by_source(body) == {"council": [40, 30, None], "casework": [12, None, 9]}


async def test_sources_are_shown_for_a_quarter_and_for_the_whole(several: Running) -> None:
    asked = {"measure": "known", "breakdown": "source", "grain": "quarter", **QUARTER}
    body = await ask(several, community="morecambe-bay", **asked)
    assert by_source(body) == {"council": [120], "casework": [24]}
    # Of the council each community's figure is expected, of casework nothing is in particular.
    monthly = await ask(several, community="morecambe-bay", **{**asked, "grain": "month"})
    assert [series["points"][0]["status"] for series in monthly["series"]] == ["partial", "final"]


async def test_a_rate_divides_by_the_headline_source(several: Running) -> None:
    body = await ask(several, measure="helped-rate", community="kendal", **QUARTER)
    point = body["series"][0]["points"][0]
    assert (point["numerator"], point["denominator"], point["value"]) == (10, 40, 0.25)


async def test_a_chart_is_drawn_of_the_headline_source(several: Running) -> None:
    body = await ask(several, measure="known", community="kendal", include="spc", **QUARTER)
    assert body["series"][0]["spc"]["mean"] == 35


async def test_a_figure_tells_of_its_headline_source_alone(several: Running) -> None:
    late = of_source(a_cell("known", Month(2021, 1), "kendal", 13), "referrals")
    before = (await get(several, measure="known", community="kendal", **QUARTER)).content
    await publish(several, [late], known_at=LATER)
    assert (await get(several, measure="known", community="kendal", **QUARTER)).content == before
    body = await ask(several, measure="known", community="kendal", **QUARTER)
    assert {origin["supplier"] for origin in body["provenance"]} == {"cumbria"}


async def test_sources_are_shown_as_they_were_known_then(several: Running) -> None:
    late = of_source(a_cell("known", Month(2021, 1), "kendal", 15), "referrals")
    await publish(several, [late], known_at=LATER)
    asked = {"measure": "known", "community": "kendal", "breakdown": "source", **QUARTER}
    assert by_source(await ask(several, **asked))["casework"] == [15, None, 9]
    then = await ask(several, **asked, as_at="2021-04-30T00:00:00Z")
    assert by_source(then)["casework"] == [12, None, 9]


async def test_every_format_shows_each_source(several: Running) -> None:
    asked: dict[str, Any] = {"measure": "known", "community": "kendal", "breakdown": "source"}
    asked |= {"from": "2021-01", "to": "2021-01"}
    rows = csv.DictReader(io.StringIO((await get(several, **asked, format="csv")).text))
    assert {row["value_of_breakdown"]: int(row["value"]) for row in rows} == {"council": 40, "casework": 12}
    content = (await get(several, **asked, format="xlsx")).content
    header, *lines = openpyxl.load_workbook(io.BytesIO(content))["Figures"].iter_rows(values_only=True)
    named = [dict(zip(header, line, strict=True)) for line in lines]
    assert {one["value_of_breakdown"]: one["value"] for one in named} == {"council": 40, "casework": 12}


async def test_a_small_count_of_a_source_is_hidden(several: Running) -> None:
    asked = {"measure": "known", "community": "lancaster", "breakdown": "source", **QUARTER}
    body = await ask(several, "dashboard", **asked, grain="quarter")
    assert [series["points"][0]["suppressed"] for series in body["series"]] == [False, True]


async def test_acts_are_added_over_sources_and_within_each_kind(several: Running) -> None:
    asked = {"measure": "avoided", "community": "kendal", **QUARTER}
    assert values(await ask(several, **asked))["kendal"] == [90, None, None]
    assert by_source(await ask(several, **asked, breakdown="source")) == {
        "referrals": [50, None, None],
        "programmes": [40, None, None],
        "schools": [None] * 3,
        "shops": [None] * 3,
    }
    kinds = await ask(several, **asked, breakdown="kind")
    assert [series["points"][0]["value"] for series in kinds["series"]] == [60, 30]


async def test_a_total_of_acts_is_the_sum_of_what_each_source_shows(several: Running) -> None:
    counts = {"referrals": 7, "walking-group": 12, "schools": 12, "shops": 12}
    await publish(
        several,
        [
            of_source(a_cell("avoided", Month(2021, 2), "east", count, kind="visit"), source)
            for source, count in counts.items()
        ],
    )
    await cut(several)
    asked = {
        "measure": "avoided",
        "community": "east",
        "from": "2021-01",
        "to": "2021-03",
        "grain": "quarter",
    }
    shown = await ask(several, "dashboard", **asked, breakdown="source")
    assert [series["points"][0]["value"] for series in shown["series"]] == [None, 10, 10, 10]
    # Of a total shown as 45 only 7 could be left; 5 stands for any hidden part.
    assert (await ask(several, "dashboard", **asked))["series"][0]["points"][0]["value"] == 35


async def test_the_catalogue_shows_the_headline_source(several: Running) -> None:
    listed = await several.client.get("/v1/measures", headers=several.token("dashboard"))
    shown = {
        one["key"]: (one["headline_source"], one["breakdowns"].get("source"))
        for one in listed.json()["items"]
    }
    assert shown == {
        "known": ("council", ["council", "casework"]),
        "helped": (None, None),
        "helped-rate": (None, None),
        "avoided": (None, ["referrals", "programmes", "schools", "shops"]),
    }


@pytest.mark.parametrize(
    ("declaration", "fault"),
    [
        (a_measure("known", *TWO[:2], unit='"people"', source='"a, b"'), "never added"),
        (a_rate("known", *TWO[:2], source='"a, b"'), "never added"),
        (a_measure("known", unit='"people"', source='"a, b"'), "each of several sources"),
        (a_measure("known", *TWO), "each of several sources"),
        (
            a_measure("known", *TWO[:2], 'headline_source = "gp"', source='"a, b"'),
            "one of the sources",
        ),
    ],
)
def test_people_of_several_sources_need_a_headline(tmp_path: Path, declaration: str, fault: str) -> None:
    file = tmp_path / "measures.toml"
    file.write_text(declaration)
    with pytest.raises(ValidationError, match=fault):
        load_catalogue(file)


def test_only_acts_are_added_over_sources_in_the_shipped_catalogue() -> None:
    added = [one.key for one in load_catalogue() if one.sources and one.headline_source is None]
    assert added == ["avoided-activity"]
