"""Counts of the platform's own: where it counted none there is a 0, from the first month of which it has any."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.asking import ask, statuses, values
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

NOW = datetime(2020, 5, 20, 12, 0, tzinfo=UTC)
LEARNT = datetime(2020, 3, 3, 9, 0, tzinfo=UTC)
RECEIVED = {"measure": "referrals-received", "from": "2020-01", "to": "2020-06"}


@pytest.fixture
async def counting(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """The service on 20 May 2020, with the referrals of two practices since February."""
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path, clock=lambda: NOW) as service,
    ):
        await publish(
            service,
            [
                a_cell("referrals-received", Month(2020, 2), "A82025", 12),
                a_cell("referrals-received", Month(2020, 4), "A82033", 9),
            ],
            known_at=LEARNT,
        )
        await cut(service)
        yield service


async def test_a_month_without_any_is_0_from_the_first_month_with_any_to_the_current_one(
    counting: Running,
) -> None:
    body = await ask(counting, **RECEIVED, community="kendal,A82026,lancaster,unassigned,morecambe-bay")
    assert values(body) == {
        "kendal": [None, 12, 0, 0, 0, None],
        "A82026": [None, 0, 0, 0, 0, None],
        "lancaster": [None, 0, 0, 0, 0, None],
        "unassigned": [None, 0, 0, 0, 0, None],
        "morecambe-bay": [None, 12, 0, 9, 0, None],
    }
    for place in values(body):
        assert statuses(body, place) == [
            "not-supplied",
            "final",
            "final",
            "final",
            "provisional",
            "not-supplied",
        ]
    assert any("counted here from 2020-02 on" in note for note in body["notes"])


async def test_a_0_tells_what_it_is_known_by(counting: Running) -> None:
    body = await ask(counting, **RECEIVED, community="lancaster")
    assert body["as_at"] == "2020-03-03T09:00:00Z"
    assert [origin["supplier"] for origin in body["provenance"]] == ["cumbria"]


async def test_what_was_not_known_then_was_not_0_then(counting: Running) -> None:
    before = await ask(counting, **RECEIVED, community="lancaster", as_at="2020-03-03T08:59:59Z")
    assert set(values(before)["lancaster"]) == {None}
    after = await ask(counting, **RECEIVED, community="lancaster", as_at="2020-03-03T09:00:00Z")
    assert values(after)["lancaster"] == [None, 0, 0, None, None, None]
    assert statuses(after, "lancaster")[1:3] == ["final", "provisional"]


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
async def test_a_0_is_shown_to_everybody(counting: Running, role: str) -> None:
    body = await ask(counting, role, **RECEIVED, community="lancaster,kendal")
    assert values(body)["lancaster"] == [None, 0, 0, 0, 0, None]
    assert not any(point["suppressed"] for point in body["series"][0]["points"])


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("A82065", [None, 0, 0, 0, 0, None]),
        ("council:eden", [None] * 6),
        ("council:westmorland-and-furness", [None] * 6),
    ],
)
async def test_nothing_is_counted_where_the_platform_does_not_count(
    counting: Running, place: str, shown: list[int | None]
) -> None:
    assert values(await ask(counting, **RECEIVED, community=place)) == {place: shown}


async def test_referrals_of_a_practice_outside_the_bay_are_counted_to_its_line_only(
    counting: Running,
) -> None:
    outside = counting.platform.registry.file.outside_practices[0].code
    body = await ask(counting, **RECEIVED, community=f"{outside},not-bay-registered")
    assert values(body) == {outside: [None] * 6, "not-bay-registered": [None, 0, 0, 0, 0, None]}


async def test_a_council_that_serves_a_part_of_a_community_has_a_part_of_its_referrals(
    counting: Running,
) -> None:
    body = await ask(counting, **RECEIVED, community="council:barrow-borough")
    assert statuses(body, "council:barrow-borough")[1:5] == ["partial"] * 4


async def test_what_a_council_did_not_send_is_never_0(counting: Running) -> None:
    await publish(
        counting, [a_cell("reablement-assessments", Month(2020, 2), "kendal", 12, route="community")]
    )
    body = await ask(counting, community="kendal,east", **{"from": "2020-02", "to": "2020-03"})
    assert values(body) == {"kendal": [12, None], "east": [None, None]}
