"""Figures that a council gives of itself: whole when it has sent them, and summed over the councils that lie in the Bay."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask, get, statuses, values
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

# The report's table of homeless people accommodated. Source: ICC annual report 2019/20.
REPORTED = {"barrow-borough": 72, "lancaster-city": 95, "south-lakeland": 29}
JANUARY = Month(2020, 1)
ACCOMMODATED = {"measure": "homeless-accommodated", "from": "2020-01", "to": "2020-01"}
COUNCILS = ",".join(f"council:{slug}" for slug in REPORTED)


async def send(service: Running, *, month: Month = JANUARY, **counts: int) -> None:
    """A figure for each council, its slug written with underscores."""
    await publish(
        service,
        [
            a_cell("homeless-accommodated", month, council.replace("_", "-"), count)
            for council, count in counts.items()
        ],
    )


async def test_a_councils_own_figure_is_whole_when_it_was_sent(trajectories: Running) -> None:
    for council, count in REPORTED.items():
        await publish(trajectories, [a_cell("homeless-accommodated", Month(2020, 1), council, count)])
        body = await ask(trajectories, **ACCOMMODATED, community=f"council:{council}")
        assert values(body) == {f"council:{council}": [count]}
        assert statuses(body, f"council:{council}") == ["final"]
        assert not [note for note in body["notes"] if "Partial" in note]


async def test_the_bay_is_the_sum_of_the_councils_whose_housing_lies_in_it(trajectories: Running) -> None:
    asked = {**ACCOMMODATED, "community": "morecambe-bay,council:cumbria,council:copeland"}
    await send(trajectories, barrow_borough=72, lancaster_city=95)
    assert statuses(await ask(trajectories, **asked), "morecambe-bay") == ["partial"]
    await send(trajectories, south_lakeland=29, copeland=11)
    body = await ask(trajectories, **asked)
    assert values(body) == {"morecambe-bay": [196], "council:cumbria": [112], "council:copeland": [11]}
    assert statuses(body, "morecambe-bay") == ["final"]
    # Of the county's districts Eden has sent nothing.
    assert statuses(body, "council:cumbria") == ["partial"]


async def test_after_the_reorganisation_the_unitary_council_is_waited_for(trajectories: Running) -> None:
    month = Month(2023, 4)
    asked = {**ACCOMMODATED, "community": "morecambe-bay", "from": "2023-04", "to": "2023-04"}
    await send(trajectories, month=month, lancaster_city=40)
    assert statuses(await ask(trajectories, **asked), "morecambe-bay") == ["partial"]
    await send(trajectories, month=month, westmorland_and_furness=50, cumberland=30)
    body = await ask(trajectories, **asked)
    assert (values(body)["morecambe-bay"], statuses(body, "morecambe-bay")) == ([90], ["final"])


@pytest.mark.parametrize(
    ("org", "shown"),
    [
        ("eden", {"council:eden": [6], "council:barrow-borough": [70]}),
        ("cumbria", {"council:eden": [6], "council:barrow-borough": [72]}),
        ("lancashire", {"council:eden": [None], "council:barrow-borough": [70]}),
    ],
)
async def test_a_council_sees_its_own_figure_and_its_districts_exactly(
    trajectories: Running, org: str, shown: dict[str, list[int | None]]
) -> None:
    await send(trajectories, eden=6, barrow_borough=72)
    await cut(trajectories)
    asked: dict[str, Any] = {**ACCOMMODATED, "community": "council:eden,council:barrow-borough"}
    body = (await get(trajectories, "council-feed", who={"org": org}, **asked)).json()
    assert values(body) == shown


async def test_the_sum_of_the_councils_is_of_what_each_of_them_shows(trajectories: Running) -> None:
    # Lancaster and South Lakeland see nothing of Barrow, and each all of itself: 10 and 35 are shown of them, 5 for a hidden one.
    asked: dict[str, Any] = {**ACCOMMODATED, "community": "morecambe-bay," + COUNCILS}
    who = {"communities": ("lancaster", "bay-icc", "grange-and-lakes", "kendal", "east")}
    await send(trajectories, lancaster_city=12, south_lakeland=34)
    for day, hidden in enumerate((7, 1), start=10):
        cell = a_cell("homeless-accommodated", JANUARY, "barrow-borough", hidden)
        await publish(trajectories, [cell], known_at=datetime(2020, 4, day, tzinfo=UTC))
        await cut(trajectories)
        body = (await get(trajectories, "development-lead", who=who, **asked)).json()
        assert values(body) == {
            "morecambe-bay": [50],
            "council:barrow-borough": [None],
            "council:lancaster-city": [12],
            "council:south-lakeland": [34],
        }
