"""Signals of performance: given once, to whom they are due, and told as an Atom feed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.feed_reading import ATOM, entries, links, parsed, terms
from tests.support.running import Running
from tests.trajectories.publishing import cut
from tests.trajectories.shares.a_bay import (
    a_bay,
    a_practice,
    approved,
    decide,
    drafted,
    happened,
    planned,
    within,
)
from tests.trajectories.writing import look, send

FEED = "/v1/performance/signals.atom"
FIRST = Month(2019, 1)
STEADY = [50, 52, 49, 51, 50, 53]
SPECIAL, ABOVE = "performance.special-cause", "trajectory.above-two-months"
WEST = {"communities": ("west",)}


@asynccontextmanager
async def in_may(
    databases: Databases, folder: Path, *, day: list[datetime], origins: tuple[str, ...] = ()
) -> AsyncIterator[Running]:
    """Three communities and 24 months of spells to December 2020: east is steady, west rose, north fell and came back."""
    places = ("east", "west", "north")
    practices = [a_practice(f"Z0000{at}", within(place)) for at, place in enumerate(places, start=1)]
    async with a_bay(databases, folder, practices, places, clock=lambda: day[0], origins=origins) as service:
        counts = {
            "Z00001": STEADY * 4,
            "Z00002": [*STEADY * 3, 50, 52, 49, 51, 80, 90],
            "Z00003": [*STEADY * 3, 50, 52, 49, 51, 10, 52],
        }
        await happened(service, counts, FIRST)
        yield service


@pytest.fixture
def day() -> list[datetime]:
    """The present, which a test may change."""
    return [datetime(2021, 5, 20, 12, 0, tzinfo=UTC)]


@pytest.fixture
async def bay(databases: Databases, tmp_path: Path, day: list[datetime]) -> AsyncIterator[Running]:
    """The system on a day that the test says."""
    async with in_may(databases, tmp_path, day=day) as service:
        yield service


async def feed(service: Running, role: str = "analyst", **asked: Any) -> ET.Element:
    """The feed as a reader sees it."""
    return parsed(await look(service, FEED, role, **asked))


async def told(
    service: Running, role: str = "analyst", **asked: Any
) -> set[tuple[str, str, tuple[str, ...]]]:
    """Place, month and kinds of each entry."""
    found = set()
    for entry in entries(await feed(service, role, **asked)):
        known = dict(terms(entry))
        kinds = tuple(term for scheme, term in terms(entry) if scheme == "kind")
        found.add((known["community"], known["month"], kinds))
    return found


async def test_a_special_cause_is_told_once(bay: Running) -> None:
    await bay.work()
    expected = {("west", "2020-12", (SPECIAL,)), ("north", "2020-11", (SPECIAL,))}
    assert {one for one in await told(bay) if one[0] != "the-bay"} == expected
    first = await look(bay, FEED)
    await bay.work()
    assert (await look(bay, FEED)).content == first.content


async def test_an_entry_says_what_and_where_and_no_figure(bay: Running) -> None:
    await bay.work()
    (entry,) = entries(await feed(bay, community="west", measure="spells"))
    title = "A measure, West, December 2020: a special cause of improvement, high"
    assert entry.findtext(f"{ATOM}title") == title
    assert entry.findtext(f"{ATOM}summary") == f"{title}. From exact figures."
    asked = links(entry)["alternate"]
    assert asked.startswith("/v1/performance?measure=spells&community=west&from=2019-01&to=2020-12")
    answer = await bay.client.get(asked, headers=bay.token("analyst", communities=("*",)))
    assert answer.json()["series"][0]["spc"]["variation"] == "improvement-high"


async def test_two_months_above_the_trajectory_are_told_with_the_special_cause(bay: Running) -> None:
    await planned(bay)
    await approved(bay)
    await bay.work()
    found = {one for one in await told(bay) if {SPECIAL, ABOVE}.intersection(one[2])}
    assert ("west", "2020-12", (SPECIAL, ABOVE)) in found
    assert ("east", "2020-12", (ABOVE,)) in found
    assert ("north", "2020-11", (SPECIAL,)) in found
    assert ("the-bay", "2020-12") in {one[:2] for one in found if ABOVE in one[2]}
    assert len(found) == len({one[0] for one in found}) == 4


async def test_others_read_what_the_published_figures_say(bay: Running) -> None:
    await bay.work()
    assert await told(bay, "dashboard") == set()
    await cut(bay)
    await bay.work()
    published = await told(bay, "dashboard")
    assert ("west", "2020-12", (SPECIAL,)) in published
    summaries = [one.findtext(f"{ATOM}summary") or "" for one in entries(await feed(bay, "dashboard"))]
    assert all(one.endswith("From published figures.") for one in summaries)
    # A later month that is not published changes nothing for them.
    await happened(bay, {"Z00001": [400]}, Month(2021, 1))
    await bay.work()
    assert await told(bay, "dashboard") == published


async def test_a_lead_reads_of_the_own_place_what_is_exact_and_of_others_what_is_published(
    bay: Running,
) -> None:
    await cut(bay)
    await bay.work()
    seen = entries(await feed(bay, "case-manager", who=WEST))
    bases = {
        dict(terms(one))["community"]: (one.findtext(f"{ATOM}summary") or "").rpartition(": ")[2]
        for one in seen
    }
    assert bases["west"].endswith("From exact figures.")
    assert bases["north"].endswith("From published figures.")
    assert len(seen) == len(bases)


async def test_a_place_and_measure_has_one_signal_a_month(bay: Running, day: list[datetime]) -> None:
    await bay.work()
    before = await told(bay, community="west")
    await happened(bay, {"Z00001": [50], "Z00002": [95], "Z00003": [50]}, Month(2021, 1))
    day[0] = datetime(2021, 5, 31, 22, 59, tzinfo=UTC)
    await bay.work()
    assert await told(bay, community="west") == before
    day[0] = datetime(2021, 6, 1, 0, 0, tzinfo=UTC)
    await bay.work()
    assert await told(bay, community="west") - before == {("west", "2021-01", (SPECIAL,))}


async def test_what_a_part_is_missing_of_is_no_signal(bay: Running, day: list[datetime]) -> None:
    await bay.work()
    day[0] = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)
    await happened(bay, {"Z00001": [50]}, Month(2021, 1))
    await bay.work()
    assert ("the-bay", "2021-01") not in {one[:2] for one in await told(bay)}


async def test_drafts_and_approvals_are_told_to_everybody_at_most_once_a_month(bay: Running) -> None:
    await planned(bay)
    await drafted(bay)
    version = await drafted(bay, new_practices="annualised")
    found = entries(await feed(bay, "dashboard"))
    assert [dict(terms(one))["kind"] for one in found] == ["trajectory.drafted"]
    assert links(found[0])["alternate"] == f"/v1/trajectory-versions/{version['id']}"
    assert (await decide(bay, version)).status_code == 200
    found = entries(await feed(bay, "dashboard"))
    assert [dict(terms(one))["kind"] for one in found] == ["trajectory.approved", "trajectory.drafted"]
    assert {dict(terms(one))["community"] for one in found} == {"the-bay"}


async def test_the_feed_is_paged_and_not_sent_twice(bay: Running) -> None:
    await bay.work()
    whole = [one.findtext(f"{ATOM}id") for one in entries(await feed(bay))]
    page = await feed(bay, limit=1)
    headers = bay.token("analyst", communities=("*",))
    following = parsed(await bay.client.get(links(page)["next"], headers=headers))
    assert [one.findtext(f"{ATOM}id") for one in (*entries(page), *entries(following))] == whole[:2]
    answer = await look(bay, FEED)
    assert "Authorization" in answer.headers["vary"]
    tag = answer.headers["etag"]
    again = await bay.client.get(FEED, headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"measure": "unheard-of"}, 422),
        ({"community": "atlantis"}, 422),
        ({"cursor": "x"}, 400),
        ({"kind": "x"}, 400),
    ],
)
async def test_what_cannot_be_asked_is_refused(bay: Running, asked: dict[str, Any], status: int) -> None:
    assert (await look(bay, FEED, **asked)).status_code == status
    assert (await send(bay, "POST", FEED, {})).status_code == 405
