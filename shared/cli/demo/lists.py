"""Monthly counts of the demonstration: people registered, and attendances at an emergency department. Pure.

List sizes are real and stand still; the real attendances of the Bay's trust are shared out by people, age and chance.
"""

from collections.abc import Iterator

from shared.cli.demo.figures import AGES
from shared.cli.demo.scene import Scene, drawn

HEADER = "month,practice,age_band,count"


def registered_csv(scene: Scene) -> bytes:
    """The people registered by month, practice and age band, as a practice's monthly publication lists them."""
    lines = (
        f"{month},{surgery.code},{band},{people}"
        for month in scene.months
        for surgery in scene.surgeries
        for band, people in zip(AGES, scene.of_bands(surgery), strict=True)
    )
    return _table(lines)


def attendances_csv(scene: Scene) -> bytes:
    """Unplanned attendances by month, practice and age band; the Bay's sum is the real one."""
    chance = scene.chance("attendances")
    boxes = [(surgery.code, band) for surgery in scene.surgeries for band in AGES]
    weights = [
        people * rate * scene.figures.leaning(surgery.community).level
        for surgery in scene.surgeries
        for people, rate in zip(scene.of_bands(surgery), scene.figures.attendance_rates, strict=True)
    ]
    lines = (
        f"{month},{code},{band},{count}"
        for month in scene.months
        for (code, band), count in zip(
            boxes,
            drawn(chance, scene.figures.attendances[scene.figures.index_of(month)], weights),
            strict=True,
        )
    )
    return _table(lines)


def _table(lines: Iterator[str]) -> bytes:
    return ("\n".join((HEADER, *lines)) + "\n").encode()
