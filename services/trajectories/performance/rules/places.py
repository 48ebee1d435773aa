"""What counts to a place in a month: which cells add up to it, who is expected to supply them, what lies below it.

Facts stay with the community at the month of the event, so every question is asked of a month. A figure known only
for a community is never spread to its practices, nor to a network or council that has a part of it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from shared.months import Month, month_range
from shared.registry.changes import Changes
from shared.registry.entries import Council, Dated, Level
from shared.registry.populations import population_of
from shared.registry.registry import Registry, places_of_level
from shared.registry.selection import COUNCIL_PREFIX, Selection

# Months times places of the widest question, a few times over.
_KEPT = 50_000
# Places of the widest question.
_KEPT_ROWS = 10_000


class Standing(NamedTuple):
    """What a place is in a month.

    codes: every code that a cell of it may be filed under.   practices: its open ones.   splits: whether it is a council that
    serves a part of some community.
    """

    exists: bool
    codes: frozenset[str]
    practices: tuple[str, ...]
    splits: bool


class Geography:
    """The registry as the report asks it. Immutable; what was worked out for a month is kept."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.span = lru_cache(_KEPT)(self._span)
        self.codes = lru_cache(_KEPT)(self._codes)
        self.communities = lru_cache(_KEPT)(self._communities)
        self.authorities = lru_cache(_KEPT)(self._authorities)
        self.practices = lru_cache(_KEPT)(self._practices)
        self.registered = lru_cache(_KEPT)(self._registered)
        self.parts = lru_cache(_KEPT)(self._parts)
        self.below_icc = lru_cache(_KEPT)(self._below_icc)
        self._changes = Changes(registry.file)
        self._standing = lru_cache(_KEPT)(self._find_standing)
        self.standings = lru_cache(_KEPT_ROWS)(self._standings)
        self.codes_over = lru_cache(_KEPT_ROWS)(self._codes_over)
        self.expected_communities = lru_cache(_KEPT)(self._expected_communities)
        self.expected_councils = lru_cache(_KEPT)(self._expected_councils)
        self.lines = lru_cache(_KEPT)(self._lines)
        self._of_level = lru_cache(_KEPT)(self._places_of_level)

    def select(self, slug: str) -> Selection:
        """The selection of a community or line that is known to exist."""
        community = self.registry.community(slug)
        if community is None:
            return Selection(slug, "line", slug, "line")
        return Selection(slug, "community", slug, community.level)

    def name_of(self, place: Selection) -> str:
        """What people call a place; its key for one that the registry gives no name."""
        found = {
            "community": self.registry.community,
            "line": self.registry.line,
            "practice": lambda code: self.registry.practice(code) or self.registry.outside_practice(code),
            "pcn": self.registry.network,
            "council": self.registry.council,
        }[place.kind](place.code)
        return place.token if found is None else found.name

    @property
    def whole(self) -> Selection:
        """The whole system."""
        return self.select(self.registry.system)

    def of_level(self, level: Level, months: Sequence[Month]) -> tuple[Selection, ...]:
        """Every place of a level in any of some months; for `icc` the counted communities.

        Those of the first month in the registry's order, then those that begin later.
        """
        like = dict.fromkeys(map(self._changes.like, months))
        return tuple(dict.fromkeys(one for month in like for one in self._of_level(level, month)))

    def within(self, place: Selection, level: Level, months: Sequence[Month]) -> tuple[Selection, ...]:
        """The places of a level that lie wholly in a place, or are it, in any of some months."""
        return tuple(dict.fromkeys(one for month in months for one in self._within(place, level, month)))

    def exists(self, place: Selection, month: Month) -> bool:
        """Whether a place is in force in a month, by the month's first day as everything else; lines always are."""
        first, last = self.span(place)
        return (first is None or first <= month) and (last is None or month <= last)

    def standing(self, place: Selection, month: Month) -> Standing:
        """What a place is in a month: one and the same object for all months between two changes of the registry."""
        return self._standing(place, self._changes.like(month))

    def _find_standing(self, place: Selection, month: Month) -> Standing:
        return Standing(
            self.exists(place, month),
            self.codes(place, month),
            self.practices(place, month),
            self.splits_a_community(place, month),
        )

    def _standings(self, place: Selection, first: Month, last: Month) -> tuple[Standing, ...]:
        """What a place is in each of some months."""
        return tuple(self.standing(place, month) for month in month_range(first, last))

    def _codes_over(self, place: Selection, first: Month, last: Month) -> frozenset[str]:
        """Every code under which a cell of the place may be filed in some months."""
        return frozenset().union(*{one.codes for one in self.standings(place, first, last)})

    def _expected_communities(self, place: Selection, month: Month) -> tuple[frozenset[str], ...]:
        """For each community that should supply a figure of the place, the codes that it may be filed under."""
        return tuple(self.codes(self.select(slug), month) for slug in self.communities(place, month))

    def _expected_councils(self, place: Selection, month: Month) -> tuple[frozenset[str], ...]:
        """The same for each council whose figures add up to the place's."""
        return tuple(self.codes(council, month) for council in self.authorities(place, month))

    def _registered(self, place: Selection, month: Month) -> int | None:
        """People registered with the place's practices by their latest lists; None when a practice has no list."""
        found = population_of(self.registry, self.practices(place, month), month.first_day)
        return None if found is None or found.without_list else found.people

    def _lines(self, place: Selection, month: Month) -> tuple[str, ...]:
        """The lines that are the place or count to it."""
        if place.kind == "line":
            return (place.code,)
        if place.kind != "community":
            return ()
        members = self.registry.members(place.code, month.first_day)
        return tuple(line.slug for line in self.registry.file.lines if line.slug in members)

    def is_counted_at(self, place: Selection, month: Month) -> bool:
        """Whether what happens at practices is counted to a place: to lines, and to all that has a practice of the system."""
        if place.kind == "practice":
            return self.registry.practice(place.code) is not None
        return place.kind == "line" or bool(self.practices(place, month))

    def splits_a_community(self, place: Selection, month: Month) -> bool:
        """Whether a council serves a part of some community, whose figures then cannot be counted to it."""
        council = self.registry.council(place.code) if place.kind == "council" else None
        return council is not None and any(
            one.part and one.holds(month.first_day) for one in council.communities
        )

    def _span(self, place: Selection) -> tuple[Month | None, Month | None]:
        """The first and the last month in which a place is in force; None for an end that is open."""
        begins, ends = self._days(place)
        return None if begins is None else _first_month(begins), None if ends is None else Month.of(ends)

    def _days(self, place: Selection) -> tuple[date | None, date | None]:
        """The first and the last day of a place.

        A closed practice ends where its successor carries it on: from then on its figures are the successor's.
        """
        registry = self.registry
        entry: Dated | None = None
        match place.kind:
            case "practice":
                practice = registry.practice(place.code)
                successor = None if practice is None else practice.successor
                ends = None if successor is None else successor.from_day - timedelta(days=1)
                return None if practice is None else practice.valid_from, ends
            case "community":
                entry = registry.community(place.code)
            case "pcn":
                entry = registry.network(place.code)
            case "council":
                entry = registry.council(place.code)
            case "line":
                pass
        return (None, None) if entry is None else (entry.valid_from, entry.valid_to)

    def _places_of_level(self, level: Level, month: Month) -> tuple[Selection, ...]:
        registry, on = self.registry, month.first_day
        return tuple(
            one
            for one in places_of_level(registry, level, on)
            if level != "icc" or registry.counts_as_icc(one.code, on)
        )

    def _within(self, place: Selection, level: Level, month: Month) -> tuple[Selection, ...]:
        codes = self.codes(place, month)
        return tuple(
            one
            for one in self._of_level(level, month)
            if one == place
            or one.code in codes
            or (one.kind in {"pcn", "council"} and self._covers(place, one, month))
        )

    def _codes(self, place: Selection, month: Month) -> frozenset[str]:
        """Every code that a cell of the place may be filed under."""
        registry, on = self.registry, month.first_day
        if place.kind == "practice":
            return frozenset(registry.carried_by(place.code, on))
        practices = self.practices(place, month)
        if place.kind in {"community", "line"}:
            own = set(registry.members(place.code, on))
            if place.code == registry.system:
                councils = (one.slug for one in registry.file.councils if not one.mostly_outside)
                own |= {code for slug in councils for code in _council_codes(slug)}
            return frozenset({*own, *practices, *registry.practices_of(place.code, on, closed=True)})
        # A network or council gets the figures of the communities that lie in it whole, and its own practices'.
        codes = {member for slug in self.communities(place, month) for member in registry.members(slug, on)}
        if place.kind == "council":
            below = [one.slug for one in registry.file.councils if one.within == place.code]
            codes |= {code for slug in (place.code, *below) for code in _council_codes(slug)}
        return frozenset({*codes, *practices})

    def _authorities(self, place: Selection, month: Month) -> tuple[Selection, ...]:
        """The councils whose own figures add up to a place's: districts and unitaries, for a county is the sum of its districts.

        To the system count those that lie in it for the most part.
        """
        councils = [one for one in self.registry.file.councils if one.holds(month.first_day)]
        counties = {one.within for one in councils}
        found: Iterable[Council] = ()
        if place.kind == "council":
            found = [one for one in councils if one.within == place.code] or [
                one for one in councils if one.slug == place.code
            ]
        elif place == self.whole:
            found = (one for one in councils if one.slug not in counties and not one.mostly_outside)
        return tuple(Selection(COUNCIL_PREFIX + one.slug, "council", one.slug, "council") for one in found)

    def _communities(self, place: Selection, month: Month) -> tuple[str, ...]:
        """The counted communities that lie wholly in the place: those expected to supply its figures."""
        registry, on = self.registry, month.first_day
        if place.kind == "practice":
            return ()
        if place.kind in {"community", "line"}:
            return tuple(
                slug for slug in registry.members(place.code, on) if registry.counts_as_icc(slug, on)
            )
        counted = [one.slug for one in registry.communities(on) if registry.counts_as_icc(one.slug, on)]
        if place.kind == "council":
            council = registry.council(place.code)
            served = () if council is None or not council.holds(on) else council.communities
            whole = {
                slug
                for one in served
                if one.holds(on) and not one.part
                for slug in registry.members(one.of, on)
            }
            return tuple(slug for slug in counted if slug in whole)
        inside = set(self.practices(place, month))
        return tuple(slug for slug in counted if _all_in(registry.practices_of(slug, on), inside))

    def _practices(self, place: Selection, month: Month) -> tuple[str, ...]:
        """The open practices of the place."""
        registry, on = self.registry, month.first_day
        if place.kind == "practice":
            return (place.code,)
        if place.kind == "pcn":
            return registry.practices_of_network(place.code, on)
        if place.kind == "council":
            return self._practices_of_council(place, month)
        return registry.practices_of(place.code, on)

    def _practices_of_council(self, place: Selection, month: Month) -> tuple[str, ...]:
        """The open practices that are counted in a council: those that name it, else those of its communities.

        Exact, so that no practice counts in two councils; the registry's `practices_of_council` is wider, for it says
        whose people a council may report on.
        """
        on = month.first_day
        of_communities = {
            code for slug in self.communities(place, month) for code in self.registry.practices_of(slug, on)
        }
        found = []
        for practice in self.registry.file.practices:
            links = [link.of for link in practice.councils if link.holds(on)]
            if practice.holds(on) and (place.code in links if links else practice.code in of_communities):
                found.append(practice.code)
        return tuple(found)

    def _parts(self, place: Selection, month: Month) -> tuple[Selection, ...]:
        """The places right below one that add up to it, down to the counted communities and lines."""
        registry, on = self.registry, month.first_day
        if place.kind in {"pcn", "council"}:
            return tuple(self.select(slug) for slug in self.communities(place, month))
        if place.kind != "community" or registry.icc_of(place.code, on) is not None:
            return ()
        lines = (line.slug for line in registry.file.lines if line.counts_to == place.code)
        return tuple(self.select(slug) for slug in (*registry.children(place.code, on), *lines))

    def _below_icc(self, place: Selection, month: Month) -> bool:
        """Whether the place is less than whole communities: a practice, a part of a community, a network that cuts one."""
        registry, on = self.registry, month.first_day
        if place.kind == "practice":
            return True
        if place.kind in {"line", "council"}:
            return False
        if place.kind == "community":
            counted = registry.icc_of(place.code, on)
            return counted is not None and counted != place.code
        whole = {code for slug in self.communities(place, month) for code in registry.practices_of(slug, on)}
        return not whole.issuperset(self.practices(place, month))

    def _covers(self, place: Selection, other: Selection, month: Month) -> bool:
        return _all_in(self.practices(other, month), set(self.practices(place, month)))


def _first_month(begins: date) -> Month:
    """The first month that begins no earlier than a day."""
    month = Month.of(begins)
    return month if begins == month.first_day else month + 1


def _council_codes(slug: str) -> tuple[str, str]:
    """How a council's own figures are filed: by its slug, or as a selection names it."""
    return slug, COUNCIL_PREFIX + slug


def _all_in(few: tuple[str, ...], many: set[str]) -> bool:
    """Whether there are some and all of them are among the others."""
    return bool(few) and many.issuperset(few)
