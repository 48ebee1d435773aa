"""Trajectories attacked: those who see no exact figures learn nothing of a practice, whatever the plan, and whoever its neighbours are."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.shares.a_bay import a_bay, a_practice, approved, get, happened, planned, within

YEAR: dict[str, Any] = {"from": "2020-04", "to": "2021-03"}
MONTH = {"window_months": 1, "lag_months": 11}
ANSWERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/trajectories", {"measure": "spells", **YEAR}),
    ("/v1/trajectories", {"measure": "spells", **YEAR, "community": "the-bay"}),
    ("/v1/trajectories", {"measure": "spells", **YEAR, "basis": "frozen:2020-04"}),
    *(
        ("/v1/performance", {"measure": "spells", **YEAR, "grain": grain, "include": "trajectory,bay"})
        for grain in ("month", "quarter", "year")
    ),
    ("/v1/performance", {"measure": "spells", **YEAR, "include": "trajectory", "format": "csv"}),
    ("/v1/performance/matrix", {"measures": "spells", "reference": "2020-06"}),
)


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Two practices in one community, one in the other, and a plan of ten times what they have."""
    practices = [
        a_practice("Z00001", within("east")),
        a_practice("Z00002", within("east")),
        a_practice("Z00003", within("west")),
    ]
    async with a_bay(databases, tmp_path, practices) as made:
        await planned(made, months={str(Month(2020, 4) + at): 900 + 37 * at for at in range(12)})
        yield made


async def told(service: Running, own: tuple[int, ...], neighbours: tuple[int, int], **more: Any) -> list[str]:
    """All that is shown of trajectories where a practice had so many in the first months of the year before."""
    counts = {"Z00001": own, "Z00002": neighbours[:1], "Z00003": neighbours[1:]}
    months = {code: [*begun, *[0] * (12 - len(begun))] for code, begun in counts.items()}
    await happened(service, months, Month(2019, 4))
    version = await approved(service, **more)
    await service.app.state.reporting.version.ask()
    answers = []
    for path, asked in ANSWERS:
        answer = await get(service, path, "dashboard", **asked)
        assert answer.status_code == 200, answer.text
        answers.append(answer.text.replace(version["id"], "a version"))
    return answers


@pytest.mark.parametrize(
    ("same", "window"), [((1, 4), MONTH), ((5, 8), {}), ((13, 17), {}), ((98, 102), MONTH)]
)
async def test_four_counts_of_a_practice_are_told_the_same(
    service: Running, same: tuple[int, int], window: dict[str, Any]
) -> None:
    """By a reader who knows all of its neighbours: every month, quarter and year, in force and frozen, as figures and as per cents."""
    low, high = same
    worlds = {count: await told(service, (count,), (40, 200), **window) for count in range(low, high + 1)}
    assert len(set(map(str, worlds.values()))) == 1
    beyond = await told(service, (high + 60,), (40, 200), **window)
    assert beyond not in worlds.values()


async def test_a_year_tells_nothing_of_its_months(service: Running) -> None:
    """Twelve months of one person each are not told from some of four: their sum is not what is shown."""
    worlds = [await told(service, own, (40, 200)) for own in ((1,) * 12, (4,) * 12, (1,) * 11 + (4,))]
    assert len(set(map(str, worlds))) == 1


async def test_a_share_of_few_people_is_hidden_however_large_the_plan(service: Running) -> None:
    """Of 3 in 203 a plan of 12,000 makes some 180, which would tell of the 3."""
    await told(service, (3,), (0, 200))
    for basis in ("in-force", "frozen:2020-04"):
        answer = await get(service, "/v1/trajectories", "dashboard", measure="spells", **YEAR, basis=basis)
        east, west = (
            [one for one in answer.json()["items"] if one["community"] == place] for place in ("east", "west")
        )
        assert {(one["integer"], one["suppressed"], one["share"]["percent"]) for one in east} == {
            (None, True, None)
        }
        assert all(one["integer"] and one["share"]["percent"] for one in west)
    for grain in ("month", "year"):
        answer = await get(
            service,
            "/v1/performance",
            "dashboard",
            measure="spells",
            **YEAR,
            grain=grain,
            include="trajectory",
        )
        east, west = ([point["trajectory"] for point in one["points"]] for one in answer.json()["series"])
        assert (set(east), all(west)) == ({None}, True)


async def test_what_is_shown_lies_near_what_is_meant(service: Running) -> None:
    await told(service, (61,), (143, 808))
    asked = {"measure": "spells", **YEAR, "include": "trajectory", "format": "csv"}
    numbers = {}
    for role in ("analyst", "dashboard"):
        text = (await get(service, "/v1/performance", role, **asked)).text
        numbers[role] = [int(row["trajectory"]) for row in csv.DictReader(io.StringIO(text))]
    exact, shown = numbers["analyst"], numbers["dashboard"]
    assert len(exact) == 24
    assert all(abs(one - other) <= 10 for one, other in zip(exact, shown, strict=True))
    assert all(one % 5 == 0 for one in shown)


async def test_a_short_history_that_was_annualised_is_shown_in_people(service: Running) -> None:
    """Three months of 30 a month count as a year of 360; the counts are kept in a unit of their own."""
    months: dict[str, list[int | None]] = {
        "Z00001": [None] * 9 + [30] * 3,
        "Z00002": [40] * 12,
        "Z00003": [200] * 12,
    }
    await happened(service, months, Month(2019, 4))
    await approved(service, new_practices="annualised")
    percents = {}
    for role in ("analyst", "dashboard"):
        items = (await get(service, "/v1/trajectories", role, measure="spells", **YEAR)).json()["items"]
        share = items[0]["share"]
        percents[role] = share.get("percent") or 100 * share["numerator"] / share["denominator"]
    assert percents["dashboard"] == pytest.approx(percents["analyst"], abs=0.1)
