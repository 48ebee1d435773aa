"""Invented people: numbers of the range kept for tests, names of nobody, registered with the scene's practices. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from shared.cli.demo.scene import Scene, Surgery
from shared.nhs_numbers import NHS_NUMBER_DIGITS, TEST_PREFIX, check_digit_fits

FAMILIES = tuple(
    f"Demo-{name}"
    for name in [
        "Ashby",
        "Birkett",
        "Croft",
        "Dawson",
        "Eden",
        "Fell",
        "Garnett",
        "Hodgson",
        "Irving",
        "Jopson",
        "Kirkby",
        "Lowther",
        "Mounsey",
    ]
)
GIVEN = {
    "female": ("Agnes", "Betty", "Clara", "Doris", "Elsie", "Freda", "Hilda", "Ivy", "Joan", "Nora"),
    "male": ("Alan", "Brian", "Cyril", "Derek", "Ernest", "Frank", "George", "Harold", "Ian", "Norman"),
}
FIRST_NUMBER = 100_000
YOUNGEST, MOST_OFTEN, OLDEST = 45, 80, 98
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist. nhs_number: begins with 999, which no real one does."""

    nhs_number: str
    family: str
    given: str
    gender: str
    birth_date: date
    surgery: Surgery


def people(scene: Scene) -> Iterator[Person]:
    """People without end, drawn by the practices' lists; the first so many are the same, however many are taken."""
    chance = scene.chance("people")
    weights = [surgery.people for surgery in scene.surgeries]
    for number in _numbers():
        gender = chance.choice(sorted(GIVEN))
        age = chance.triangular(YOUNGEST, OLDEST, MOST_OFTEN)
        yield Person(
            number,
            chance.choice(FAMILIES),
            chance.choice(GIVEN[gender]),
            gender,
            scene.months[0].first_day - timedelta(days=int(age * DAYS_A_YEAR)),
            chance.choices(scene.surgeries, weights)[0],
        )


def _numbers() -> Iterator[str]:
    """Every NHS number of the test range from the first on, in order."""
    digits = NHS_NUMBER_DIGITS - 1 - len(TEST_PREFIX)
    for middle in count(FIRST_NUMBER):
        begun = f"{TEST_PREFIX}{middle:0{digits}d}"
        yield from (f"{begun}{last}" for last in range(10) if check_digit_fits(f"{begun}{last}"))
