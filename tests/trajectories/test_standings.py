"""What a place is in a month is worked out once for all months between two changes of the registry, and is right in each."""

import json
from pathlib import Path
from typing import get_args

import pytest

from services.trajectories.performance.rules.places import Geography
from shared.months import Month, month_range
from shared.registry.entries import Level
from shared.registry.loading import SHIPPED, load_registry
from shared.registry.registry import places_of_level

INVENTED = Path(__file__).parents[1] / "shared" / "registry" / "invented.json"
MONTHS = month_range(Month(2012, 12), Month(2026, 2))


@pytest.mark.parametrize("file", [SHIPPED, INVENTED])
def test_a_place_stands_in_every_month_as_the_registry_says_of_that_month(file: Path) -> None:
    places = Geography(load_registry(file))
    changed = 0
    for level in get_args(Level):
        for place in places.of_level(level, MONTHS):
            found = places.standings(place, MONTHS[0], MONTHS[-1])
            for month, standing in zip(MONTHS, found, strict=True):
                assert standing == (
                    places.exists(place, month),
                    places.codes(place, month),
                    places.practices(place, month),
                    places.splits_a_community(place, month),
                ), (place, month)
            changed += len(set(found)) > 1
    assert changed > 5


def test_a_practice_counts_to_its_successor_from_the_month_after_it_is_carried_on(tmp_path: Path) -> None:
    told = json.loads(INVENTED.read_text())
    closed = next(one for one in told["practices"] if one.get("successor"))
    closed["successor"]["from_day"] = "2019-11-09"
    (tmp_path / "registry.json").write_text(json.dumps(told))
    places = Geography(load_registry(tmp_path / "registry.json"))
    successor = places.registry.resolve(closed["successor"]["practice"])
    for month in (Month(2019, 11), Month(2019, 12)):
        codes = places.standing(successor, month).codes
        assert (closed["code"] in codes) is (month == Month(2019, 12))


@pytest.mark.parametrize("file", [SHIPPED, INVENTED])
def test_a_level_has_in_every_month_the_places_that_the_registry_has_then(file: Path) -> None:
    places = Geography(load_registry(file))
    found = {}
    for month in MONTHS:
        found[month] = {one.token for one in places.of_level("pcn", [month])}
        assert found[month] == {one.token for one in places_of_level(places.registry, "pcn", month.first_day)}
    assert len({frozenset(one) for one in found.values()}) > 1
