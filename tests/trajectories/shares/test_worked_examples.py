"""Worked examples of shares, from a file of activity to the answer: each with exact fractions and whole numbers known before.

Their places are invented, or eight real trusts that stand for communities.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.activity.sending import counts, sent
from tests.trajectories.shares.a_bay import a_practice, decide, get, post, within, write_registry
from tests.trajectories.shares.providers import ADMISSIONS, FIRST

MEASURE = "non-elective-admissions"
YEAR = Month(2019, 4)


@asynccontextmanager
async def a_system(
    databases: Databases,
    folder: Path,
    practices: Sequence[Mapping[str, Any]],
    communities: Sequence[str],
    *,
    now: datetime = datetime(2021, 6, 1, 12, 0, tzinfo=UTC),
) -> AsyncIterator[Running]:
    """The service with the measures that ship, for invented communities."""
    registry = write_registry(folder / "registry.json", communities, practices)
    async with (
        databases.lend("trajectories") as url,
        running(
            "trajectories",
            database_url=url,
            data_dir=folder,
            settings={"registry_file": registry},
            clock=lambda: now,
        ) as service,
    ):
        yield service


def one_each(communities: Sequence[str]) -> dict[str, str]:
    """A practice code for each community."""
    return {slug: f"Z{number:05}" for number, slug in enumerate(communities, start=1)}


def of_one_each(codes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [a_practice(code, within(slug)) for slug, code in codes.items()]


async def counted(service: Running, monthly: Mapping[str, Sequence[int | None]], first: Month) -> None:
    """Counts of practices, month by month, sent as one file."""
    rows = [
        f"{first + at},{code},{count}"
        for code, series in monthly.items()
        for at, count in enumerate(series)
        if count is not None
    ]
    await sent(service, counts(*rows))


async def agreed(service: Running, plan: Sequence[int], first: Month) -> None:
    """An agreed plan of twelve months."""
    body = {
        "measure": MEASURE,
        "year": f"{first.year}-{(first.year + 1) % 100:02}",
        "label": "Operating plan",
        "definition": "Non-elective spells",
        "status": "agreed",
        "set_by": "Integrated services board",
        "agreed_on": "2016-03-20",
        "months": {str(first + at): count for at, count in enumerate(plan)},
    }
    answer = await post(service, "/v1/bay-trajectories", body)
    assert answer.status_code == 201, answer.text


async def in_force_from(service: Running, month: Month, **more: Any) -> dict[str, Any]:
    """A version that was drafted and approved."""
    asked = {"measure": MEASURE, "effective_from": str(month), "lag_months": 0, **more}
    drafted = await post(service, "/v1/trajectory-versions", asked)
    assert drafted.status_code == 201, drafted.text
    decided = await decide(service, drafted.json())
    assert decided.status_code == 200, decided.text
    return await shares(service, drafted.json()["id"])


async def shares(service: Running, version: str) -> dict[str, Any]:
    """The places of a version by code."""
    answer = await get(service, f"/v1/trajectory-versions/{version}")
    assert answer.status_code == 200, answer.text
    return {place["place"]: place for place in answer.json()["places"]}


async def trajectory(
    service: Running, first: Month, last: Month, **asked: Any
) -> dict[str, list[dict[str, Any]]]:
    """The months in force by community."""
    answer = await get(service, "/v1/trajectories", measure=MEASURE, from_=str(first), to=str(last), **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, Any]]] = {}
    for item in answer.json()["items"]:
        found.setdefault(item["community"], []).append(item)
    return found


def whole(place: Mapping[str, Any]) -> list[int]:
    return [month["integer"] for month in place["months"]]


def spread(window: int) -> list[int]:
    """A year's count over twelve months."""
    return [window // 12 + (month < window % 12) for month in range(12)]


async def test_six_hundred_of_twelve_thousand_is_five_per_cent_of_every_month(
    databases: Databases, tmp_path: Path
) -> None:
    codes = one_each(["icc-a", "icc-b", "icc-c"])
    async with a_system(databases, tmp_path, of_one_each(codes), list(codes)) as service:
        years = dict(zip(codes.values(), (600, 2400, 9000), strict=True))
        await counted(service, {code: spread(year) for code, year in years.items()}, YEAR)
        await agreed(service, [1000, 980, 1020] * 4, YEAR + 12)
        await in_force_from(service, YEAR + 12)
        found = await trajectory(service, YEAR + 12, YEAR + 14)
    assert {slug: months[0]["share"] for slug, months in found.items()} == {
        "icc-a": {"numerator": 600, "denominator": 12_000},
        "icc-b": {"numerator": 2400, "denominator": 12_000},
        "icc-c": {"numerator": 9000, "denominator": 12_000},
    }
    assert {slug: [one["exact"] for one in months] for slug, months in found.items()} == {
        "icc-a": ["50", "49", "51"],
        "icc-b": ["200", "196", "204"],
        "icc-c": ["750", "735", "765"],
    }
    assert [one["integer"] for one in found["icc-a"]] == [50, 49, 51]


EIGHT = {
    "bay-icc": (3310, [282, 288, 278, 285, 282, 275, 289, 286, 302, 309, 270, 298]),
    "barrow": (5127, [436, 447, 431, 442, 436, 427, 447, 443, 468, 478, 418, 462]),
    "millom": (1893, [161, 165, 159, 163, 161, 157, 166, 163, 173, 176, 155, 170]),
    "east": (1204, [102, 105, 101, 104, 102, 101, 105, 104, 110, 112, 98, 108]),
    "grange-and-lakes": (2381, [202, 208, 200, 205, 203, 198, 207, 206, 218, 222, 194, 214]),
    "kendal": (2466, [210, 215, 207, 212, 210, 205, 215, 213, 225, 230, 201, 223]),
    "lancaster": (3702, [315, 323, 311, 319, 314, 309, 322, 321, 337, 345, 302, 334]),
    "mid-furness": (1950, [166, 170, 163, 169, 165, 163, 170, 168, 178, 182, 159, 176]),
}
UNEVEN = [1874, 1921, 1850, 1899, 1873, 1835, 1921, 1904, 2011, 2054, 1797, 1985]


async def test_eight_communities_share_twelve_uneven_months_without_a_rest(
    databases: Databases, tmp_path: Path
) -> None:
    codes = one_each(list(EIGHT))
    async with a_system(databases, tmp_path, of_one_each(codes), list(codes)) as service:
        await counted(service, {codes[slug]: spread(year) for slug, (year, _) in EIGHT.items()}, YEAR)
        await agreed(service, UNEVEN, YEAR + 12)
        places = await in_force_from(service, YEAR + 12)
    assert {slug: whole(places[slug]) for slug in EIGHT} == {slug: own for slug, (_, own) in EIGHT.items()}
    assert {whole_month["exact"] for whole_month in places["barrow"]["months"][:1]} == {"9607998/22033"}
    for at, planned in enumerate(UNEVEN):
        assert sum(whole(places[slug])[at] for slug in EIGHT) == planned
        assert sum(Fraction(places[slug]["months"][at]["exact"]) for slug in EIGHT) == planned
    assert [whole(places[codes[slug]]) for slug in EIGHT] == [whole(places[slug]) for slug in EIGHT]


async def test_each_quarter_counts_anew_and_leaves_the_months_before_it(
    databases: Databases, tmp_path: Path
) -> None:
    codes = one_each(["a", "b"])
    monthly = {
        codes["a"]: [50, 48, 52, 51, 49, 50, 55, 53, 60, 62, 50, 54, 40, 42, 41, 60, 61, 59],
        codes["b"]: [150, 152, 148, 149, 151, 150, 145, 147, 140, 138, 150, 146, 160, 158, 159, 140, 139, 141],
    }  # fmt: skip
    plan = [200, 198, 202, 205, 201, 199, 210, 206, 215, 220, 195, 205]
    expected = {
        Month(2020, 4): ("317/1200", [53, 52, 53, 54, 54, 52, 56, 54, 57, 58, 51, 55]),
        Month(2020, 7): ("607/2400", [52, 50, 51, 53, 52, 54, 56, 49, 52]),
        Month(2020, 10): ("637/2400", [56, 54, 57, 59, 51, 55]),
    }
    async with a_system(databases, tmp_path, of_one_each(codes), list(codes)) as service:
        await counted(service, monthly, YEAR)
        await agreed(service, plan, Month(2020, 4))
        for month, (share, integers) in expected.items():
            place = (await in_force_from(service, month))["a"]
            assert Fraction(place["share"]["numerator"], place["share"]["denominator"]) == Fraction(share)
            assert whole(place) == integers
        found = await trajectory(service, Month(2020, 4), Month(2021, 3))
        frozen = await trajectory(service, Month(2020, 4), Month(2021, 3), basis="frozen:2020-04")
    assert [one["integer"] for one in found["a"]] == [53, 52, 53, 52, 50, 51, 56, 54, 57, 59, 51, 55]
    assert [one["integer"] for one in found["b"]] == [
        147,
        146,
        149,
        153,
        151,
        148,
        154,
        152,
        158,
        161,
        144,
        150,
    ]
    assert [one["integer"] for one in frozen["a"]] == expected[Month(2020, 4)][1]


async def test_history_follows_a_merger_and_moves_with_a_practice_from_the_day_it_moves(
    databases: Databases, tmp_path: Path
) -> None:
    practices = [
        a_practice("A82001", within("x", until="2020-06-30"), within("y", since="2020-07-01")),
        a_practice(
            "A82002",
            within("x"),
            valid_to="2019-09-30",
            successor={"practice": "A82003", "from_day": "2019-10-01"},
        ),
        a_practice("A82003", within("x")),
        a_practice("A82004", within("y")),
    ]
    monthly: dict[str, Sequence[int | None]] = {
        "A82001": [10] * 12,
        "A82002": [20] * 6,
        "A82003": [*[5] * 6, *[26] * 6],
        "A82004": [40] * 12,
    }
    async with a_system(databases, tmp_path, practices, ["x", "y"]) as service:
        await counted(service, monthly, YEAR)
        await agreed(service, [100] * 12, YEAR + 12)
        before = await in_force_from(service, Month(2020, 4))
        after = await in_force_from(service, Month(2020, 7), lag_months=3)
        found = await trajectory(service, Month(2020, 6), Month(2020, 7))
    assert {code: one["share"]["numerator"] for code, one in before.items() if code != "nowhere"} == {
        "x": 426,
        "y": 480,
        "A82001": 120,
        "A82003": 306,
        "A82004": 480,
    }
    assert [whole(before[code])[0] for code in ("A82001", "A82003", "A82004", "x", "y")] == [
        13,
        34,
        53,
        47,
        53,
    ]
    assert [after[code]["share"]["numerator"] for code in ("x", "y")] == [306, 600]
    assert [whole(after[code])[0] for code in ("x", "y")] == [34, 66]
    # The last month before the move keeps what was in force then.
    assert [one["share"]["numerator"] for one in found["x"]] == [426, 306]


@pytest.mark.parametrize(
    ("rule", "share", "integers"), [("literal", "3/83", (106, 4)), ("annualised", "9/109", (101, 9))]
)
async def test_a_short_history_is_counted_by_the_rule_that_the_version_names(
    databases: Databases, tmp_path: Path, rule: str, share: str, integers: tuple[int, int]
) -> None:
    codes = one_each(["old", "new"])
    async with a_system(databases, tmp_path, of_one_each(codes), list(codes)) as service:
        await counted(service, {codes["old"]: [100] * 12, codes["new"]: [None] * 7 + [9] * 5}, YEAR)
        await agreed(service, [110] * 12, YEAR + 12)
        places = await in_force_from(service, YEAR + 12, new_practices=rule)
    told = places["new"]["share"]
    assert Fraction(told["numerator"], told["denominator"]) == Fraction(share)
    assert (whole(places["old"])[0], whole(places["new"])[0]) == integers
    assert places["new"]["estimated"] is (rule == "annualised")


async def test_a_share_that_follows_the_activity_hides_a_change_that_a_frozen_one_shows(
    databases: Databases, tmp_path: Path
) -> None:
    codes = one_each([code.lower() for code in ADMISSIONS])
    series = {codes[code.lower()]: list(months) for code, months in ADMISSIONS.items()}
    whole_bay = [sum(months) for months in zip(*ADMISSIONS.values(), strict=True)]
    async with a_system(databases, tmp_path, of_one_each(codes), list(codes)) as service:
        await counted(service, series, FIRST)
        shown = []
        for year in (1, 2):
            await agreed(service, whole_bay[12 * year : 12 * year + 12], FIRST + 12 * year)
            for quarter in range(4):
                version = await in_force_from(service, FIRST + (12 * year + 3 * quarter))
                told = version["rtx"]["share"]
                shown.append(f"{told['numerator'] / told['denominator']:.4f}")
        ends = (Month(2017, 4), Month(2019, 3))
        based = (await trajectory(service, *ends, community="rtx"))["rtx"]
        frozen = (await trajectory(service, *ends, community="rtx", basis="frozen:2017-04"))["rtx"]
    assert shown == ["0.1021", "0.0991", "0.0958", "0.0934", "0.0921", "0.0907", "0.0894", "0.0893"]
    actual = [sum(ADMISSIONS["RTX"][at : at + 12]) for at in (12, 24)]
    assert actual == [24_591, 25_203]

    def sums(items: Sequence[Mapping[str, Any]]) -> list[float]:
        return [round(float(sum(Fraction(one["exact"]) for one in items[at : at + 12])), 1) for at in (0, 12)]

    assert (sums(based), sums(frozen)) == ([26_027.9, 25_885.4], [27_253.3, 29_253.9])
    assert [sum(one["integer"] for one in based[at : at + 12]) for at in (0, 12)] == [26_028, 25_885]
    variance = [
        [round(had - meant, 1) for had, meant in zip(actual, sums(items), strict=True)]
        for items in (based, frozen)
    ]
    assert variance == [[-1_436.9, -682.4], [-2_662.3, -4_050.9]]
