"""Emergency admissions of the demonstration, record by record. Pure.

Real is how many the Bay has in each month. Which practice and age each one has is drawn by people, age, and what is assumed of
the community. Falls are planted community by community, so that an evaluation has a true effect to find.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp

from shared.cli.demo.figures import AGES, OLD
from shared.cli.demo.scene import Scene, Surgery, drawn
from shared.months import Month

HEADER = "admitted_on,practice,method,discharged_on,age,frailty,cause"
BY_EMERGENCY_DEPARTMENT = "21"
YEAR = 12
WINTER = (1.10, 1.05, 1.02, 0.97, 0.96, 0.95, 0.96, 0.97, 0.98, 1.0, 1.02, 1.08)
"""How falls lean on the month of the calendar, January first."""
CAUSES = ("W01", "W06", "W10", "W18", "W19")
VERY_OLD = 75
FRAIL_PART, FRAIL_SCORE, HIGHEST_SCORE = 0.42, 5, 20
SAME_DAY = 0.3
STAY_DAYS = (2.0, 1.5, 2.0, 3.5, 6.0, 8.0, 10.0)
"""The mean stay of each age band, in days, of those who stay a night."""
Planted = Mapping[str, Mapping[Month, int]]
"""Community → month → admissions."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The records as a file, how many they are, and what was planted in them."""

    csv: bytes
    records: int
    admissions: Planted
    falls: Planted


def admitted(scene: Scene) -> Admitted:
    """All admissions of the scene's months. Their sum in each month is the real one."""
    chance = scene.chance("admissions")
    falls = planted_falls(scene)
    admissions: dict[str, Counter[Month]] = {slug: Counter() for slug in falls}
    lines = [HEADER]
    for month in scene.months:
        for slug, patients in _month(scene, chance, month).items():
            admissions[slug][month] = len(patients)
            lines += _records(scene, chance, month, patients, falls[slug][month])
    return Admitted(("\n".join(lines) + "\n").encode(), len(lines) - 1, admissions, falls)


def planted_falls(scene: Scene) -> dict[str, dict[Month, int]]:
    """Admissions after a fall, of people aged 65 and over, in each community and month.

    The last twelve months have so much less than the twelve before as the programme's effect says, to the nearest whole number;
    chance only says in which month each one lies.
    """
    chance, told = scene.chance("falls"), scene.figures.falls
    found: dict[str, dict[Month, int]] = {}
    for slug in sorted({surgery.community for surgery in scene.surgeries}):
        old = sum(
            sum(scene.of_bands(surgery)[-len(OLD) :])
            for surgery in scene.surgeries
            if surgery.community == slug
        )
        before = round(old * told.a_year)
        effect = told.effect if slug == told.community else told.elsewhere
        years = (before, before, round(before * (1 - effect)))
        counts = [
            count
            for at, total in enumerate(years)
            for count in drawn(
                chance,
                total,
                [WINTER[month.month - 1] for month in scene.months[at * YEAR : (at + 1) * YEAR]],
            )
        ]
        found[slug] = dict(zip(scene.months, counts, strict=True))
    return found


def _month(scene: Scene, chance: random.Random, month: Month) -> dict[str, list[Surgery]]:
    """The practice of every admission of a month, by community."""
    total = scene.figures.admissions[scene.figures.index_of(month)]
    years = (month - scene.months[0]) / YEAR
    weights = []
    for surgery in scene.surgeries:
        leaning = scene.figures.leaning(surgery.community)
        need = sum(_needs(scene, surgery))
        weights.append(need * leaning.level * exp(leaning.drift * years))
    found: dict[str, list[Surgery]] = {}
    for surgery, count in zip(scene.surgeries, drawn(chance, total, weights), strict=True):
        found.setdefault(surgery.community, []).extend([surgery] * count)
    return found


def _needs(scene: Scene, surgery: Surgery) -> list[float]:
    """How much each age band of a practice weighs among its admissions."""
    rates = scene.figures.admission_rates
    return [people * rate for people, rate in zip(scene.of_bands(surgery), rates, strict=True)]


def _records(
    scene: Scene, chance: random.Random, month: Month, patients: Sequence[Surgery], falls: int
) -> Iterator[str]:
    """A line for each admission of a community in a month. The first of a shuffled list are those who fell."""
    shuffled = list(patients)
    chance.shuffle(shuffled)
    needs = _needs(scene, shuffled[0]) if shuffled else []
    bands = chance.choices(range(len(AGES)), needs, k=len(shuffled)) if shuffled else []
    old = range(len(AGES) - len(OLD), len(AGES))
    for number, (surgery, band) in enumerate(zip(shuffled, bands, strict=True)):
        fell = number < falls
        at = chance.choices(old, needs[old.start :])[0] if fell else band
        yield _record(scene, chance, month, surgery, band=at, fell=fell)


def _record(
    scene: Scene, chance: random.Random, month: Month, surgery: Surgery, *, band: int, fell: bool
) -> str:
    """One line. Nobody is discharged after the scene's last month, which is all that is known."""
    day = month.first_day + timedelta(days=chance.randrange(month.days))
    age = chance.randint(*_years(band))
    score = 0
    if age >= VERY_OLD:
        frail = chance.random() < FRAIL_PART
        score = chance.randint(FRAIL_SCORE, HIGHEST_SCORE) if frail else chance.randrange(FRAIL_SCORE)
    cause = chance.choice(CAUSES) if fell else ""
    end = _discharged(scene, chance, day, band)
    return f"{day},{surgery.code},{BY_EMERGENCY_DEPARTMENT},{end},{age},{score},{cause}"


def _discharged(scene: Scene, chance: random.Random, day: date, band: int) -> date:
    nights = 0 if chance.random() < SAME_DAY else 1 + int(chance.expovariate(1 / STAY_DAYS[band]))
    return min(day + timedelta(days=nights), scene.last.last_day)


def _years(band: int) -> tuple[int, int]:
    """The youngest and the oldest age of a band; nobody is older than 99 here."""
    first, _, last = AGES[band].partition("-")
    return int(first), int(last) if last.isdigit() else 99
