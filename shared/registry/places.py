"""The places of a registry: communities and their families, practices and where they count, each asked by day.

A look-up reads dictionaries, never a file or a database, and answers for the day that it is asked about. Nothing here
knows the name of a community: that is the file's business.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from shared.registry.entries import (
    CareHome,
    Community,
    CommunityLevel,
    Council,
    Line,
    Membership,
    Network,
    OutsidePractice,
    Practice,
    RegistryFile,
    School,
    Team,
)

KEPT: Final = 4096
"""How many answers of a look-up a process keeps: every community for some years of days."""
KEPT_DAYS: Final = 128
"""Of how many days it is kept which practices count where: the months of the widest report."""


class Places:
    """Communities, lines, practices, networks and councils by key and by day.

    `system`, `unassigned`, `outside`: the slugs of the whole and of its two lines.   `digest`: of the file.
    """

    def __init__(self, file: RegistryFile, *, digest: str) -> None:
        """file: checked entries (see `loading`).   digest: of the file's bytes, the version of every answer."""
        self.file: Final = file
        self.digest: Final = digest
        self.edition: Final = file.edition
        self.system: Final = next(item.slug for item in file.communities if item.level == "system")
        self.unassigned: Final = next(line.slug for line in file.lines if line.kind == "unassigned")
        self.outside: Final = next(line.slug for line in file.lines if line.kind == "outside")
        self._communities = {item.slug: item for item in file.communities}
        self._lines = {line.slug: line for line in file.lines}
        self._practices = {item.code: item for item in file.practices}
        self._outside_practices = {item.code: item for item in file.outside_practices}
        self._networks = {item.code: item for item in file.networks}
        self._councils = {item.slug: item for item in file.councils}
        self._trusts = frozenset(trust.code for trust in file.trusts)
        self._teams = {team.code: team for team in file.teams}
        self._timelines = {
            code: tuple(_spans(practice, self._practices)) for code, practice in self._practices.items()
        }
        self._children: dict[str, list[tuple[str, Membership]]] = defaultdict(list)
        for community in file.communities:
            for parent in community.parents:
                self._children[parent.of].append((community.slug, parent))
        self._order = {code: at for at, code in enumerate(self._practices)}
        self._followed: dict[str, list[Practice]] = defaultdict(list)
        for practice in file.practices:
            if practice.successor is not None:
                self._followed[practice.successor.practice].append(practice)
        # Reference data never changes under a process, so what is asked for every figure is kept.
        self._kept_practices = lru_cache(KEPT)(self._find_practices)
        self._kept_days = lru_cache(KEPT_DAYS)(self._practices_by_place)

    # Entries by key: None when the registry has no such entry.

    def community(self, slug: str) -> Community | None:
        """A community by its slug, at whatever day."""
        return self._communities.get(slug)

    def line(self, slug: str) -> Line | None:
        """A line by its slug."""
        return self._lines.get(slug)

    def practice(self, code: str) -> Practice | None:
        """A practice of the system by its code, open or closed."""
        return self._practices.get(code)

    def outside_practice(self, code: str) -> OutsidePractice | None:
        """A practice known to lie outside the system, by its code."""
        return self._outside_practices.get(code)

    def network(self, code: str) -> Network | None:
        """A primary care network by its code."""
        return self._networks.get(code)

    def council(self, slug: str) -> Council | None:
        """A council by its slug."""
        return self._councils.get(slug)

    def team(self, code: str) -> Team | None:
        """A team by its code."""
        return self._teams.get(code)

    # Communities and their families.

    def communities(self, on: date, level: CommunityLevel | None = None) -> tuple[Community, ...]:
        """The communities in force on a day, of one level or of all, in the file's order."""
        return tuple(
            item
            for item in self.file.communities
            if item.holds(on) and (level is None or item.level == level)
        )

    def counts_as_icc(self, slug: str, on: date) -> bool:
        """Whether a community is one of those that are counted on a day."""
        community = self._communities.get(slug)
        return community is not None and any(entry.holds(on) for entry in community.counts_as_icc)

    def ancestors(self, slug: str, on: date) -> tuple[str, ...]:
        """The communities above a community or line, nearest first, the system last; empty for the system."""
        line = self._lines.get(slug)
        if line is not None:
            return () if line.counts_to is None else (line.counts_to, *self.ancestors(line.counts_to, on))
        community = self._communities.get(slug)
        parents = () if community is None else community.parents
        parent = next((entry.of for entry in parents if entry.holds(on)), None)
        return () if parent is None else (parent, *self.ancestors(parent, on))

    def children(self, slug: str, on: date) -> tuple[str, ...]:
        """The communities right below a community on a day, in the file's order."""
        return tuple(
            child
            for child, membership in self._children.get(slug, ())
            if membership.holds(on) and self._communities[child].holds(on)
        )

    def members(self, slug: str, on: date) -> tuple[str, ...]:
        """A community or line itself, every community below it and every line that counts to one of them."""
        below = (slug, *(place for child in self.children(slug, on) for place in self.members(child, on)))
        lines = tuple(line.slug for line in self.file.lines if line.counts_to == slug)
        return below + lines

    def icc_of(self, slug: str, on: date) -> str | None:
        """The counted community that a community is, or lies in, on a day; None above that level."""
        places = (slug, *self.ancestors(slug, on))
        return next((place for place in places if self.counts_as_icc(place, on)), None)

    def where_counts(self, one: CareHome | School, on: date) -> str | None:
        """The counted community, or the line, that a care home or a school belongs to on a day; None where it belongs to none."""
        within = next((member.of for member in one.memberships if one.holds(on) and member.holds(on)), None)
        if within is None or self.line(within) is not None:
            return within
        return self.icc_of(within, on)

    # Practices.

    def icc_of_practice(self, code: str, on: date) -> str:
        """Where a practice counts on a day: a community, the unassigned line, or the outside line.

        A closed practice counts where its successor does. A practice of the system without a community that day
        counts as unassigned; any other code, known or not, as outside. Called for every referral.
        """
        spans = self._timelines.get(code)
        if spans is None:
            return self.outside
        for first, last, place in spans:
            if first <= on <= last:
                return place
        return self.unassigned

    def knows_practice(self, code: str) -> bool:
        """Whether a code is a practice of the system or one known to lie outside it."""
        return code in self._practices or code in self._outside_practices

    def knows_organisation(self, code: str) -> bool:
        """Whether an ODS code is that of a practice, a network or a trust of the file, of whatever day."""
        return self.knows_practice(code) or code in self._networks or code in self._trusts

    def carrier_of(self, code: str, on: date) -> str:
        """The practice that carries a practice's history on a day: itself, or the last successor begun by then."""
        while (practice := self._practices.get(code)) is not None:
            if practice.successor is None or on < practice.successor.from_day:
                break
            code = practice.successor.practice
        return code

    def carried_by(self, code: str, on: date) -> tuple[str, ...]:
        """The practices whose history a practice carries on a day, itself among them; only itself once it has a successor."""
        if self.carrier_of(code, on) != code:
            return (code,)
        return (code, *self._predecessors(code, on))

    def _predecessors(self, code: str, on: date) -> Iterator[str]:
        for practice in self._followed.get(code, ()):
            if practice.successor is not None and practice.successor.from_day <= on:
                yield practice.code
                yield from self._predecessors(practice.code, on)

    def practices_of(self, slug: str, on: date, *, closed: bool = False) -> tuple[str, ...]:
        """The codes of a community's or line's practices on a day, those of everything below it included.

        closed: also those closed by then whose history counts here (through a successor, or by their own membership).
        """
        return self._kept_practices(slug, on, closed)

    def _find_practices(self, slug: str, on: date, closed: bool) -> tuple[str, ...]:
        counted = self._kept_days(on)
        found = (code for place in set(self.members(slug, on)) for code in counted.get(place, ()))
        return tuple(
            code
            for code in sorted(found, key=self._order.__getitem__)
            if closed or self._practices[code].holds(on)
        )

    def _practices_by_place(self, on: date) -> Mapping[str, Sequence[str]]:
        """The practices, open and closed, that count to each place on a day."""
        # One pass for all places: a pass for each would take the product of places and practices.
        counted: dict[str, list[str]] = defaultdict(list)
        for code in self._practices:
            counted[self.icc_of_practice(code, on)].append(code)
        return counted

    def practices_of_network(self, code: str, on: date) -> tuple[str, ...]:
        """The codes of a network's practices on a day."""
        return tuple(
            practice.code
            for practice in self.file.practices
            if practice.holds(on) and any(one.of == code and one.holds(on) for one in practice.networks)
        )

    def networks_of(self, slug: str, on: date) -> tuple[str, ...]:
        """The codes of the networks that a community's practices are in on a day, each once."""
        found = (
            one.of
            for code in self.practices_of(slug, on)
            for one in self._practices[code].networks
            if one.holds(on)
        )
        return tuple(dict.fromkeys(found))


# Where a practice counts is worked out once, at load, so that routing is a look-up. A closed practice counts where its
# successor counts from the day the successor carries it on; before that, or without one, its own memberships count.


class Span(NamedTuple):
    """A run of days, both ends included, in which a practice counts to one place."""

    first: date
    last: date
    place: str


def _spans(practice: Practice, practices: Mapping[str, Practice]) -> list[Span]:
    """A practice's spans in order; days in no span are days without a community.

    practices: by code, with successors that exist and never lead in a circle.
    """
    successor = practice.successor
    handover = date.max if successor is None else successor.from_day - timedelta(days=1)
    own = [
        Span(membership.valid_from, min(membership.valid_to or date.max, handover), membership.of)
        for membership in sorted(practice.memberships, key=lambda membership: membership.valid_from)
        if membership.valid_from <= handover
    ]
    if successor is None:
        return own
    carried = [
        Span(max(span.first, successor.from_day), span.last, span.place)
        for span in _spans(practices[successor.practice], practices)
        if span.last >= successor.from_day
    ]
    return own + carried
