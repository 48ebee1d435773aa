"""The scene of a demonstration: its seed, its months, its practices and how many people they have. Pure."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.cli.demo.figures import Figures
from shared.months import Month, month_range
from shared.registry import Registry
from shared.registry.populations import latest_by

MONTHS = 36


@dataclass(frozen=True, slots=True)
class Surgery:
    """A practice that is open. people: registered, as the registry's newest list says."""

    code: str
    community: str
    people: int


@dataclass(frozen=True, slots=True)
class Size:
    """How much casework there is. Figures are the same in every size."""

    referrals: int
    measurements: int


SIZES = {"small": Size(40, 600), "normal": Size(6_000, 15_000), "large": Size(20_000, 60_000)}


@dataclass(frozen=True, slots=True)
class Scene:
    """For whom and for when a demonstration is made. last: the last month with figures."""

    seed: int
    last: Month
    size: Size
    surgeries: Sequence[Surgery]
    figures: Figures

    @property
    def months(self) -> list[Month]:
        """The 36 months that have figures, in order."""
        return month_range(self.last - (MONTHS - 1), self.last)

    def chance(self, topic: str) -> random.Random:
        """Chance of a topic's own: what one topic draws changes no other."""
        return random.Random(f"{self.seed}/{self.last}/{topic}")

    def of_bands(self, surgery: Surgery) -> list[int]:
        """How many of a practice's people are in each age band; they add up to its list."""
        return shared_out(surgery.people, self.figures.leaning(surgery.community).ages)


def a_scene(registry: Registry, figures: Figures, *, seed: int, last: Month, size: Size) -> Scene:
    """The scene of a registry's open practices."""
    surgeries = []
    for practice in registry.file.practices:
        listed = latest_by(practice.list_sizes, last.first_day)
        if listed is not None and practice.holds(last.first_day):
            community = registry.icc_of_practice(practice.code, last.first_day)
            surgeries.append(Surgery(practice.code, community, listed.people))
    return Scene(seed, last, size, tuple(surgeries), figures)


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total (largest remainders).

    total: >= 0.   weights: (n,), >= 0, not all 0.   Returns (n,).
    """
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    found = [int(part) for part in exact]
    rest = sorted(range(len(exact)), key=lambda at: (found[at] - exact[at], at))
    for at in rest[: total - sum(found)]:
        found[at] += 1
    return found


def drawn(chance: random.Random, total: int, weights: Iterable[float]) -> list[int]:
    """So many things thrown into boxes by weight: how many lie in each. Returns (n,), adding up to total."""
    boxes = list(weights)
    counts = [0] * len(boxes)
    for at in chance.choices(range(len(boxes)), boxes, k=total):
        counts[at] += 1
    return counts
