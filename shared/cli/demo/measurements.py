"""Measurements of invented people: a first, and of most a repeat about half a year later that is a little better. Pure.

Whose case is open was measured since the referral, so that what is due again stands on worklists with days that can be.
"""

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shared.cli.demo.lives import lives
from shared.cli.demo.people import people
from shared.cli.demo.scene import Scene

REPEATED = 0.6
SOONEST, LATEST = 150, 260
"""Days from a first to its repeat."""
FIRST_MET = (5, 30)
"""Days from a referral to the first measurement, where the case is open still."""
IN_TIME = (150, 180)
"""Days from that first to its repeat, which is due after six months."""
REPEATED_IN_TIME = 0.9
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
    opened = _opened(scene)
    for person in people(scene):
        taken = scene.months[0].first_day + timedelta(days=chance.randrange(days))
        again = taken + timedelta(days=chance.randint(SOONEST, LATEST))
        often = REPEATED
        if (referred := opened.get(person.nhs_number)) is not None:
            taken = referred + timedelta(days=chance.randint(*FIRST_MET))
            again, often = taken + timedelta(days=chance.randint(*IN_TIME)), REPEATED_IN_TIME
        if taken > last:
            continue
        instrument = chance.choice(sorted(_DRAWN))
        start = chance.gauss(0, 1)
        occasions = [("first", taken, start)]
        if chance.random() < often and again <= last:
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


def _opened(scene: Scene) -> dict[str, date]:
    """The NHS number of each person whose case is open at the scene's end, with the day of the referral."""
    return {
        life.referral["patient"]["nhs_number"]: datetime.fromisoformat(life.referral["referred_at"]).date()
        for life in lives(scene, scene.size.referrals)
        if life.is_open
    }


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
