"""Measurements of invented people: a first, and of most a repeat about half a year later that is a little better. Pure."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from shared.cli.demo.people import people
from shared.cli.demo.scene import Scene

REPEATED = 0.6
SOONEST, LATEST = 150, 260
"""Days from a first to its repeat."""
LONGEST_BATCH = 5_000


def measurement_batches(scene: Scene, how_many: int) -> Iterator[bytes]:
    """So many measurements as batches, a line each, in the order of people."""
    lines = _lines(scene, how_many)
    while batch := [line for _, line in zip(range(LONGEST_BATCH), lines, strict=False)]:
        yield ("\n".join(batch) + "\n").encode()


def _lines(scene: Scene, how_many: int) -> Iterator[str]:
    chance, made = scene.chance("measurements"), 0
    last = scene.last.last_day
    days = (last - scene.months[0].first_day).days
    for person in people(scene):
        taken = scene.months[0].first_day + timedelta(days=chance.randrange(days))
        again = taken + timedelta(days=chance.randint(SOONEST, LATEST))
        instrument = chance.choice(sorted(_DRAWN))
        start = chance.gauss(0, 1)
        occasions = [("first", taken, start)]
        if chance.random() < REPEATED and again <= last:
            occasions.append(("repeat", again, start + chance.gauss(0.35, 0.6)))
        for occasion, on, level in occasions:
            if made == how_many:
                return
            made += 1
            yield json.dumps(
                {
                    "key": f"demo-{scene.seed}-{person.nhs_number[-7:]}-{occasion}",
                    "person": {"nhs_number": person.nhs_number, "birth_year": person.birth_date.year},
                    "instrument": instrument,
                    "occasion": occasion,
                    "taken_on": f"{on}",
                    "practice": person.surgery.code,
                    **_DRAWN[instrument](chance, level),
                }
            )


def _wellbeing(chance: random.Random, level: float) -> dict[str, Any]:
    return {"items": [_within(round(3.1 + 0.7 * level + chance.gauss(0, 0.6)), 1, 5) for _ in range(7)]}


def _activation(_chance: random.Random, level: float) -> dict[str, Any]:
    return {"score": round(min(max(54 + 11 * level, 0), 100), 1), "edition": "current"}


def _loneliness(chance: random.Random, level: float) -> dict[str, Any]:
    return {"items": [_within(round(2 - 0.5 * level + chance.gauss(0, 0.4)), 1, 3) for _ in range(3)]}


def _sugar(_chance: random.Random, level: float) -> dict[str, Any]:
    return {"value": _within(round(60 - 9 * level), 32, 120), "unit": "mmol/mol", "target": 53}


def _within(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


_DRAWN = {"swemwbs": _wellbeing, "pam13": _activation, "ucla3": _loneliness, "hba1c": _sugar}
