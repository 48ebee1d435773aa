"""`per=1000-registered`: divided by the list sizes that were sent, and by the registry's where some of these lack."""

from typing import Any

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

PRACTICES = ("A82025", "A82026", "A82027")
KENDAL: dict[str, Any] = {"community": "kendal", "per": "1000-registered"}


def lists(month: Month, *sizes: int) -> list[Any]:
    """The list sizes of Kendal's practices in a month, in two bands of age."""
    return [
        a_cell("registered", month, code, part, age=age)
        for code, size in zip(PRACTICES, sizes, strict=False)
        for age, part in (("18-24", size // 4), ("25-64", size - size // 4))
    ]


async def denominators(service: Running, role: str = "analyst", **asked: Any) -> list[int]:
    """What the points of Kendal are divided by."""
    body = await ask(service, role, **{**KENDAL, **asked})
    return [point["denominator"] for point in body["series"][0]["points"]]


async def test_a_rate_is_of_the_list_sizes_of_its_month(changing: Running) -> None:
    (registry, *_) = await denominators(changing)
    january = lists(Month(2020, 1), 10_000, 8_000, 12_000)
    await publish(changing, [*january, *lists(Month(2020, 2), 10_300, 8_000, 12_000)])
    assert await denominators(changing) == [30_000, 30_300, registry]
    body = await ask(changing, **KENDAL)
    point = body["series"][0]["points"][0]
    assert point["value"] == point["numerator"] * 1000 / 30_000
    by_route = await denominators(changing, breakdown="route")
    assert by_route[:2] == [30_000, 30_300]


async def test_a_quarter_has_the_mean_of_its_months_and_a_missing_list_makes_it_the_registrys(
    changing: Running,
) -> None:
    (registry,) = await denominators(changing, grain="quarter")
    sizes = (30_000, 30_300, 30_900)
    months = [lists(Month(2020, 1) + at, size - 20_000, 8_000, 12_000) for at, size in enumerate(sizes)]
    await publish(changing, [*months[0], *months[1], *months[2][:-2]])
    assert await denominators(changing, grain="quarter") == [registry]
    await publish(changing, months[2][-2:])
    assert await denominators(changing, grain="quarter") == [30_400]


async def test_others_divide_by_what_was_published(changing: Running) -> None:
    sizes = (10_001, 8_001, 12_001)
    await publish(changing, [one for at in range(3) for one in lists(Month(2020, 1) + at, *sizes)])
    (registry, *_) = await denominators(changing, "dashboard")
    assert registry != 30_003
    await cut(changing)
    assert await denominators(changing) == [30_003] * 3
    published = await ask(changing, "dashboard", measure="registered", community="kendal")
    shown = [point["numerator"] for point in published["series"][0]["points"]]
    assert await denominators(changing, "dashboard") == shown
    assert {number % 5 for number in shown} == {0}
    assert await denominators(changing, "dashboard", grain="quarter", breakdown="route") == shown[:1]
