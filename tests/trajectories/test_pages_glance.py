"""The first page: the figures of the matrix, in words and signs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.invented import a_measure, a_rate, inventing
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish
from tests.trajectories.shares.a_bay import a_practice, happened, within, write_registry
from tests.trajectories.writing import look, seen, written

FIRST = Month(2019, 1)
STEADY = [50, 52, 49, 51, 50, 53]


@pytest.fixture
async def bay(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Three communities and 24 months of spells: east is steady, west rose, north has few."""
    places = ("east", "west", "north")
    practices = [a_practice(f"Z0000{at}", within(place)) for at, place in enumerate(places, start=1)]
    registry = write_registry(tmp_path / "registry.json", places, practices)
    spells = a_measure("spells", title='"Spells"', supply='"practice"', direction='"decrease"')
    share = a_rate(
        "share",
        title='"A share"',
        kind='"proportion"',
        unit='"proportion"',
        supply='"community"',
        direction='"increase"',
    )
    async with inventing(databases, tmp_path, spells, share, registry=registry) as service:
        counts = {
            "Z00001": STEADY * 4,
            "Z00002": [*STEADY * 3, 50, 52, 49, 51, 80, 1090],
            "Z00003": [3, 4] * 12,
        }
        await happened(service, counts, FIRST)
        await publish(service, [a_cell("share", Month(2020, 11), "east", 1, 3)])
        yield service


async def glance(service: Running, role: str = "analyst", **asked: Any) -> Element:
    answer = await look(service, "/", role, **asked)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


def rows(page: Element) -> dict[str, dict[str, str]]:
    return {row["Community"]: row for row in table_of(page, class_="app-matrix")}


async def test_the_page_has_the_figures_of_the_matrix(bay: Running) -> None:
    target = {"community": "west", "measure": "spells", "period": "2020-12", "kind": "value", "value": 40}
    await written(bay, "PUT", "/v1/targets", {**target, "unit": "count"}, role="analyst")
    page = await glance(bay, reference="2020-12")
    items = (await seen(bay, "/v1/performance/matrix", reference="2020-12"))["items"]
    values = {(one["community"], one["measure"]): one for one in items}
    assert values["west", "spells"]["value"] == 1090
    found = rows(page)
    assert next(iter(found)) == "West"
    assert found["West"]["Spells items"].startswith("1,090 Concern: unusually high")
    assert "Target 40: misses it as a rule" in found["West"]["Spells items"]
    assert found["East"]["Spells items"].startswith(f"{values['east', 'spells']['value']} Usual variation")
    assert found["East"]["A share per cent"].startswith("33.3% Nov 2020")
    assert values["east", "share"]["value"] == pytest.approx(1 / 3)
    assert found["West"]["A share per cent"] == "not supplied"
    attention = page.one("section", class_="app-attention").text
    assert "West: spells 1,090. Concern: unusually high" in attention
    assert "East" not in attention


async def test_the_newest_month_with_a_figure_is_shown_unless_another_is_asked_for(bay: Running) -> None:
    page = await glance(bay)
    assert "December 2020" in page.one("h1").text
    chosen = page.one("select", name="reference").one("option", selected="")
    assert chosen.attributes["value"] == "2020-12"
    earlier = await glance(bay, reference="2020-10")
    assert "October 2020" in earlier.one("h1").text
    assert rows(earlier)["West"]["Spells items"].startswith("51 ")


async def test_others_see_what_was_published_and_what_is_hidden_is_said(bay: Running) -> None:
    await cut(bay)
    page = await glance(bay, "dashboard", reference="2020-12")
    items = (await seen(bay, "/v1/performance/matrix", "dashboard", reference="2020-12"))["items"]
    west = next(one for one in items if one["community"] == "west")
    assert west["value"] == 1090
    found = rows(page)
    assert found["West"]["Spells items"].startswith("1,090 ")
    assert found["North"]["Spells items"].startswith("hidden: a small number")
    north = next(one for one in items if (one["community"], one["measure"]) == ("north", "spells"))
    assert north["suppressed"]
    assert "Figures as they were published" in page.one("main").text
    assert "Exact figures" in (await glance(bay)).one("main").text


async def test_exact_figures_on_a_page_are_recorded_and_published_ones_are_not(bay: Running) -> None:
    await cut(bay)
    await glance(bay, "dashboard", reference="2020-12")
    reads = "select detail from audit where event = 'performance.read'"
    assert await bay.rows(reads) == []
    await glance(bay, reference="2020-12")
    assert len(await bay.rows(reads)) == 1


async def test_every_picture_is_left_out_for_who_hears_the_page(bay: Running) -> None:
    page = await glance(bay, reference="2020-12")
    pictures = list(page.all("svg"))
    assert len(pictures) > 3
    assert {one.attributes.get("aria-hidden") for one in pictures} == {"true"}


async def test_a_page_without_any_figure_says_so(bay: Running) -> None:
    page = await glance(bay, reference="2012-12")
    assert "No figure is shown here yet" in page.one("main").text
    assert list(page.all("table")) == []


async def test_a_page_is_light(bay: Running) -> None:
    answer = await look(bay, "/", reference="2020-12")
    sheets = [await bay.client.get(f"/assets/{name}.css") for name in ("nhsuk", "pages")]
    carried = len(answer.content) + sum(int(one.headers["content-length"]) for one in sheets)
    assert carried < 150_000


async def test_what_is_said_of_all_figures_stands_on_every_page_for_everybody(bay: Running) -> None:
    await cut(bay)
    note = {"month": "2020-11", "kind": "data-quality", "text": "These figures are invented."}
    await written(bay, "POST", "/v1/annotations", note, role="development-lead")
    for address in ("/", "/measures/spells", "/communities/west"):
        answer = await look(bay, address, "dashboard", reference="2020-12")
        assert (
            read_page(answer.text).one("div", class_="app-notice").text
            == "Please note. These figures are invented."
        )
    for address in ("/feeds", "/revisions"):
        answer = await look(bay, address)
        assert "These figures are invented." in read_page(answer.text).one("div", class_="app-notice").text
    assert list((await glance(bay, reference="2018-12")).all("div", class_="app-notice")) == []


async def test_its_table_is_taken_away_as_the_interface_gives_it(bay: Running) -> None:
    page = await glance(bay, reference="2020-12", order="change")
    link = next(one.attributes["href"] for one in page.one("p", class_="app-take").all("a"))
    answer = await bay.client.get(link, headers=bay.token("analyst", communities=("*",)))
    told = await look(
        bay,
        "/v1/performance/matrix",
        reference="2020-12",
        order="change",
        measures="spells,share",
        format="csv",
    )
    assert answer.content == told.content
    assert "attachment" in answer.headers["content-disposition"]


async def test_before_the_first_publication_a_reader_of_it_is_told_so(bay: Running) -> None:
    pages: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/", {}),
        ("/", {"measures": "spells"}),
        ("/communities/east", {}),
        ("/measures/spells", {"community": "east"}),
    )
    for address, asked in pages:
        public = read_page((await look(bay, address, "dashboard", **asked)).text).one("main")
        assert "Nothing was published yet. Figures are published each night" in public.text, address
        assert list(public.all("span", class_="app-hidden")) == [], address
        assert list(public.all("img")) == []
        exact = read_page((await look(bay, address, **asked)).text).one("main")
        assert "Nothing was published" not in exact.text, address
    feeds = read_page((await look(bay, "/feeds", "operator")).text).one("main").text
    assert "nothing was published yet" in feeds
    assert "None came" not in feeds
    await cut(bay)
    await publish(bay, [a_cell("share", Month(2020, 12), "east", 1, 3)])
    shown = read_page((await look(bay, "/", "dashboard", measures="spells")).text).one("main")
    assert "Nothing was published" not in shown.text


async def test_a_month_that_stands_alone_is_drawn_and_none_stands_for_a_hidden_one(bay: Running) -> None:
    await happened(bay, {"Z00003": [50, 3] * 12}, FIRST)
    await cut(bay)
    page = await glance(bay, "dashboard", measures="spells", reference="2020-12")
    (north,) = [row for row in page.one("tbody").all("tr") if row.one("th").text == "North"]
    picture = north.one("svg", class_="app-spark")
    lines = [one.attributes["points"].split() for one in picture.all("polyline")]
    assert {len(corners) for corners in lines} == {2}
    assert list(picture.all("circle")) == []
    assert north.one("span", class_="app-hidden").text.startswith("hidden")
