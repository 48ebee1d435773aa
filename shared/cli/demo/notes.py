"""What says that figures are invented, where readers see them: notes beside every series of the scene's months. Pure."""

from typing import Any

from shared.cli.demo.scene import Scene
from shared.months import Month

APRIL = 4


def notes(scene: Scene) -> list[dict[str, Any]]:
    """A note in each April and in the last month, beside every measure and community, and one of the falls programme."""
    months = [month for month in scene.months if month.month == APRIL or month == scene.last]
    return [*(_invented(scene, month) for month in months), _programme(scene)]


def _invented(scene: Scene, month: Month) -> dict[str, Any]:
    years = (month - scene.figures.first_month) // 12
    return {
        "month": str(month),
        "kind": "data-quality",
        "text": f"Demonstration. {scene.months[0]} to {scene.last} are no records of this Bay: real are the list sizes of the "
        f"practices and, moved on by up to {years} years, the Bay's totals of admissions and attendances ({scene.figures.source}). "
        "Practices' and communities' parts, ages, falls and plans are invented, and so are all people.",
    }


def _programme(scene: Scene) -> dict[str, Any]:
    falls = scene.figures.falls
    return {
        "measure": "falls-admissions-65",
        "community": falls.community,
        "month": str(scene.last - 11),
        "kind": "change",
        "text": "Demonstration: falls classes of twelve weeks begin here. Planted are "
        f"{falls.effect:.0%} fewer admissions after a fall in the twelve months from here than in the twelve before, and "
        f"{falls.elsewhere:.0%} fewer in every other community.",
    }
