"""What rules are told of the registry and of the sender: names of ICCs, where practices count, where the sender belongs."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Final

from services.outcomes.instruments.declarations import Instruments
from services.outcomes.measurements.rules import Circumstances
from services.outcomes.measurements.sight import Sight, sight
from shared.auth.caller import Caller
from shared.months import london_day
from shared.problems import FieldError, Invalid
from shared.registry.registry import Registry
from shared.registry.selection import AmbiguousCommunity
from shared.service.platform import Platform

POINTER: Final = "/icc"
_NAMES_KEPT: Final = 64
_CALLERS_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class Desk:
    """Who records, when, and what is known then: the same for every line of a batch."""

    platform: Platform
    instruments: Instruments
    caller: Caller
    now: datetime
    around: Circumstances
    seen: Sight


def desk_of(platform: Platform, instruments: Instruments, caller: Caller, *, now: datetime) -> Desk:
    """Where a caller records measurements."""
    tests_allowed = platform.settings.environment != "production"
    around, seen = _surroundings(platform.registry, instruments, caller, london_day(now), tests_allowed)
    return Desk(platform, instruments, caller, now, around, seen)


@lru_cache(maxsize=_CALLERS_KEPT)
def _surroundings(
    registry: Registry,
    instruments: Instruments,
    caller: Caller,
    today: date,
    tests_allowed: bool,
) -> tuple[Circumstances, Sight]:
    """What is known for a caller all day; asked for every measurement, and never different under a process."""
    around = Circumstances(
        today=today,
        org=caller.org,
        instruments=instruments.by_key,
        name_icc=lru_cache(_NAMES_KEPT)(partial(icc_named, registry, on=today)),
        own_icc=partial(own_icc, registry, caller, on=today),
        place_of_practice=partial(place_of_practice, registry),
        outside=registry.outside,
        knows_programme=lambda _: False,
        test_numbers_allowed=tests_allowed,
    )
    return around, sight(caller, registry=registry, on=today)


def icc_named(registry: Registry, name: str, *, on: date) -> str | FieldError:
    """The ICC that somebody named, or what is wrong with the name."""
    try:
        selection = registry.resolve(name, on)
    except AmbiguousCommunity as several:
        return FieldError("icc.ambiguous", POINTER, several.detail)
    except Invalid:
        return FieldError("icc.unknown", POINTER, _advice(registry, on))
    if selection.kind == "community":
        icc = registry.icc_of(selection.code, on)
        if icc is not None:
            return icc
        below = [slug for slug in registry.members(selection.code, on) if registry.counts_as_icc(slug, on)]
        if selection.level == "group" and below:
            detail = f"A group has several communities: name one of {', '.join(below)}."
            return FieldError("icc.ambiguous", POINTER, detail)
    return FieldError("icc.unknown", POINTER, _advice(registry, on))


def _advice(registry: Registry, on: date) -> str:
    iccs = ", ".join(community.slug for community in registry.communities(on, "icc"))
    return f"Name one of {iccs}; or leave it out, and the practice decides."


def place_of_practice(registry: Registry, code: str, on: date) -> str | None:
    """Where a practice counts on a day, an ICC or a line; None for a code that nobody knows."""
    return registry.icc_of_practice(code, on) if registry.knows_practice(code) else None


def own_icc(registry: Registry, caller: Caller, *, on: date) -> str | None:
    """The ICC where a sender belongs by itself: its practice's, or the only one of its token."""
    if caller.org is not None and (place := place_of_practice(registry, caller.org, on)) is not None:
        return place
    named = caller.communities or frozenset()
    iccs = {slug for one in named for slug in registry.members(one, on) if registry.counts_as_icc(slug, on)}
    return next(iter(iccs)) if len(iccs) == 1 else None
