"""How many people a community has: as a document states it, and as practices register them. Both with their month.

The two never agree: a report counts residents or an older list, and lists move. Neither is turned into the other.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from shared.months import Month
from shared.registry.entries import ListSize, Population
from shared.registry.registry import Registry

Figure = TypeVar("Figure", Population, ListSize)


@dataclass(frozen=True, slots=True)
class RegisteredPopulation:
    """Registered patients of a place's practices.

    people: the sum of the list sizes.   month: the oldest list among them.   practices: how many were added.
    without_list: the codes of practices whose list size the file does not give: by these the sum is short.
    """

    people: int
    month: Month
    practices: int
    without_list: tuple[str, ...]


def stated_population(registry: Registry, slug: str, on: date) -> Population | None:
    """What a document states of a community: the latest by the day, else the earliest there is."""
    community = registry.community(slug)
    return None if community is None else latest_by(community.populations, on)


def population_of(registry: Registry, practices: tuple[str, ...], on: date) -> RegisteredPopulation | None:
    """The registered patients of some practices by their codes; None when no list size of them is known.

    Of each the latest list by the day counts, else its earliest.
    """
    known: list[ListSize] = []
    missing: list[str] = []
    for code in practices:
        practice = registry.practice(code)
        size = None if practice is None else latest_by(practice.list_sizes, on)
        if size is None:
            missing.append(code)
        else:
            known.append(size)
    if not known:
        return None
    return RegisteredPopulation(
        people=sum(size.people for size in known),
        month=min(size.month for size in known),
        practices=len(known),
        without_list=tuple(missing),
    )


def latest_by(figures: tuple[Figure, ...], on: date) -> Figure | None:
    """The newest figure that is not younger than the day, else the oldest; None when there is none."""
    ordered = sorted(figures, key=lambda figure: figure.month)
    past = [figure for figure in ordered if figure.month <= Month.of(on)]
    return past[-1] if past else next(iter(ordered), None)
