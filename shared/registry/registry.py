"""The registry of one system, loaded once and asked by day: communities, practices, networks, councils, teams.

Every look-up is a dictionary away, touches no file and no database, and answers as things stood on the day it is
asked for. Nothing here knows the name of a community: that is the file's business.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from shared.registry.codes import is_practice_code, postcode_areas
from shared.registry.entries import (
    Community,
    CommunityLevel,
    Council,
    Duty,
    Line,
    Membership,
    Network,
    OutsidePractice,
    Practice,
    RegistryFile,
    Role,
    Team,
)
from shared.registry.errors import AmbiguousCommunity, UnknownCommunity, UnknownPractice
from shared.registry.names import fold, nearest
from shared.registry.selection import COUNCIL_PREFIX, PCN_PREFIX, Outside, Selection, split_tokens
from shared.registry.timelines import carrier, timelines

_KEPT: Final = 4096
"""How many answers of a look-up a process keeps: every community for some years of days."""


class Registry:
    """One system's reference data; immutable after construction, shared by every request of a process.

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
        self._council_names = {
            fold(name): item.slug for item in file.councils for name in (item.slug, item.name)
        }
        self._teams = {team.code: team for team in file.teams}
        self._timelines = timelines(self._practices)
        self._children = _children(file.communities)
        self._names = _names(file)
        self._outside_places = {
            fold(name): Outside(place.name)
            for place in file.outside_places
            for name in (place.name, *place.names)
        }
        self._known_names = _known_names(file)
        self._postcode_areas = {item.area: item for item in file.postcode_areas}
        self._ambiguous = {fold(item.name): item.candidates for item in file.ambiguous_names}
        self._duties = _duties(file.teams)
        # Reference data never changes under a process, so what is asked for every referral and every figure is kept.
        self._kept_practices = lru_cache(_KEPT)(self._find_practices)
        self._kept_teams = lru_cache(_KEPT)(self._find_teams)

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
        parent = None if community is None else _in_force(community.parents, on)
        return () if parent is None else (parent.of, *self.ancestors(parent.of, on))

    def children(self, slug: str, on: date) -> tuple[str, ...]:
        """The communities right below a community on a day, in the file's order."""
        return tuple(child for child, membership in self._children.get(slug, ()) if membership.holds(on))

    def members(self, slug: str, on: date) -> tuple[str, ...]:
        """A community or line itself, every community below it and every line that counts to one of them."""
        below = (slug, *(place for child in self.children(slug, on) for place in self.members(child, on)))
        lines = tuple(line.slug for line in self.file.lines if line.counts_to == slug)
        return below + lines

    def icc_of(self, slug: str, on: date) -> str | None:
        """The counted community that a community is, or lies in, on a day; None above that level."""
        places = (slug, *self.ancestors(slug, on))
        return next((place for place in places if self.counts_as_icc(place, on)), None)

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

    def carrier_of(self, code: str, on: date) -> str:
        """The practice that carries a practice's history on a day: itself, or its successor once it closed."""
        return carrier(code, on, self._practices)

    def practices_of(self, slug: str, on: date, *, closed: bool = False) -> tuple[str, ...]:
        """The codes of a community's or line's practices on a day, those of everything below it included.

        closed: also those closed by then whose history counts here (through a successor, or where they stood).
        """
        return self._kept_practices(slug, on, closed)

    def _find_practices(self, slug: str, on: date, closed: bool) -> tuple[str, ...]:
        places = set(self.members(slug, on))
        return tuple(
            code
            for code, practice in self._practices.items()
            if (closed or practice.holds(on)) and self.icc_of_practice(code, on) in places
        )

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

    # Councils, teams and posts.

    def councils_of(self, slug: str, on: date) -> tuple[str, ...]:
        """The councils that serve a community, or any community below it, on a day; counties first."""
        places = set(self.members(slug, on))
        return tuple(
            council.slug
            for council in self.file.councils
            if council.holds(on) and any(one.of in places and one.holds(on) for one in council.communities)
        )

    def council_by_name(self, text: str) -> str | None:
        """The slug of the council that a feed's label names, by slug or name; spelling is forgiven as in by_alias."""
        return self._council_names.get(fold(text))

    def communities_of_council(self, slug: str, on: date) -> tuple[str, ...]:
        """The communities that a council serves on a day, wholly or in part."""
        council = self._councils.get(slug)
        if council is None or not council.holds(on):
            return ()
        return tuple(one.of for one in council.communities if one.holds(on))

    def practices_of_council(self, slug: str, on: date) -> tuple[str, ...]:
        """The codes of the practices in a council's communities, and of those that name it themselves, on a day."""
        served = {
            code for place in self.communities_of_council(slug, on) for code in self.practices_of(place, on)
        }
        return tuple(
            practice.code
            for practice in self.file.practices
            if practice.code in served
            or (practice.holds(on) and any(one.of == slug and one.holds(on) for one in practice.councils))
        )

    def teams_for(self, kind: str, slug: str | None, on: date) -> tuple[str, ...]:
        """The teams that take work of a kind for a place on a day: the nearest area's first, then the fallbacks.

        slug: a community or line; None, or a line that counts to nothing, asks for the system's own.
        """
        return self._kept_teams(kind, slug, on)

    def _find_teams(self, kind: str, slug: str | None, on: date) -> tuple[str, ...]:
        places = () if slug is None else (slug, *self.ancestors(slug, on))
        if self.system not in places:
            places = (*places, self.system)
        found = (
            team
            for place in places
            for team, duty in self._duties.get((kind, place), ())
            if duty.holds(on) and self._teams[team].holds(on)
        )
        return tuple(dict.fromkeys(found))

    def team_for(self, kind: str, slug: str | None, on: date) -> str | None:
        """The team that takes work of a kind for a place on a day; None when the registry names none at all."""
        return next(iter(self.teams_for(kind, slug, on)), None)

    def teams_of(self, slug: str, on: date) -> tuple[Team, ...]:
        """The teams with a duty for a community itself, or for an area it lies in, on a day."""
        places = {slug, *self.ancestors(slug, on)}
        return tuple(
            team
            for team in self.file.teams
            if team.holds(on) and any(duty.area in places and duty.holds(on) for duty in team.duties)
        )

    def roles_of(self, slug: str, on: date) -> tuple[Role, ...]:
        """The posts of a community, and of its networks, on a day."""
        networks = set(self.networks_of(slug, on))
        return tuple(
            role
            for role in self.file.roles
            if role.holds(on) and (role.community == slug or role.network in networks)
        )

    # What a query names.

    def resolve(self, token: str, on: date | None = None) -> Selection:
        """The one place that a query's `community=` names; `resolve_all` takes several.

        on: places that begin after that day are not known yet; those that ended stay askable, for their history.
        Raises UnknownCommunity naming the nearest, AmbiguousCommunity naming both, UnknownPractice.
        """
        candidates = self._ambiguous.get(fold(token))
        if candidates is not None:
            raise AmbiguousCommunity(candidates)
        if is_practice_code(token):
            if not self.knows_practice(token):
                raise UnknownPractice
            return Selection(token, "practice", token, "practice")
        selection, begins = self._place_selection(token)
        if selection is None or (on is not None and begins is not None and on < begins):
            raise UnknownCommunity(self.nearest_key(token))
        return selection

    def resolve_all(self, text: str, on: date | None = None) -> tuple[Selection, ...]:
        """The places that a comma separated `community=` names, each once, in order; raises as `resolve`."""
        return tuple(self.resolve(token, on) for token in split_tokens(text))

    def practices_selected(self, selection: Selection, on: date) -> tuple[str, ...]:
        """The codes of the practices that a selected place comprises on a day."""
        match selection.kind:
            case "practice":
                return (selection.code,)
            case "pcn":
                return self.practices_of_network(selection.code, on)
            case "council":
                return self.practices_of_council(selection.code, on)
            case _:
                return self.practices_of(selection.code, on)

    def _place_selection(self, token: str) -> tuple[Selection | None, date | None]:
        """The place other than a practice behind a token, with the day it begins; None when there is none."""
        if token in self._lines:
            return Selection(token, "line", token, "line"), None
        if (community := self._communities.get(token)) is not None:
            return Selection(token, "community", token, community.level), community.valid_from
        code = token.partition(":")[2]
        if token.startswith(PCN_PREFIX) and (network := self._networks.get(code)) is not None:
            return Selection(token, "pcn", code, "pcn"), network.valid_from
        if token.startswith(COUNCIL_PREFIX) and (council := self._councils.get(code)) is not None:
            return Selection(token, "council", code, "council"), council.valid_from
        return None, None

    # Names and places as others write them.

    def by_alias(self, text: str, council: str | None = None) -> str | Outside | None:
        """The community that a feed's label stands for, or Outside, or None when it is not a known name.

        council: whose file it is; its own names go before everybody's. Spelling is forgiven (see `names.fold`),
        likeness is not: a label that folds to no known name stands for nothing.
        """
        form = fold(text)
        return (
            self._names.get((council, form))
            or self._names.get((None, form))
            or self._outside_places.get(form)
        )

    def nearest_name(self, text: str) -> str | None:
        """The known name most like a text, as a partner prints it, for the sentence that says how to mend."""
        return nearest(text, self._known_names)

    def nearest_key(self, text: str) -> str | None:
        """The slug, line or prefixed code most like a text, for a query that names no known place."""
        networks = [f"{PCN_PREFIX}{code}" for code in self._networks]
        councils = [f"{COUNCIL_PREFIX}{slug}" for slug in self._councils]
        named = self.by_alias(text)
        if isinstance(named, str):
            return named
        return nearest(text, [*self._communities, *self._lines, *networks, *councils])

    def icc_of_postcode(self, postcode: str, on: date | None = None) -> str | None:
        """The community a postcode lies in where the registry says so without doubt: by sector, else outward code.

        None for everything else: a postcode is never guessed into a community.
        """
        for area in postcode_areas(postcode) or ():
            entry = self._postcode_areas.get(area)
            if entry is not None and (on is None or entry.holds(on)):
                return entry.community
        return None


def _in_force(entries: Iterable[Membership], on: date) -> Membership | None:
    return next((entry for entry in entries if entry.holds(on)), None)


def _children(communities: Sequence[Community]) -> dict[str, list[tuple[str, Membership]]]:
    children = defaultdict(list)
    for community in communities:
        for parent in community.parents:
            children[parent.of].append((community.slug, parent))
    return dict(children)


def _duties(teams: Sequence[Team]) -> dict[tuple[str, str], list[tuple[str, Duty]]]:
    duties = defaultdict(list)
    for team in teams:
        for duty in team.duties:
            duties[duty.kind, duty.area].append((team.code, duty))
    return {key: sorted(entries, key=lambda entry: entry[1].order) for key, entries in duties.items()}


def _names(file: RegistryFile) -> dict[tuple[str | None, str], str]:
    names: dict[tuple[str | None, str], str] = {
        (item.council, fold(item.alias)): item.community for item in file.aliases
    }
    for community in file.communities:
        names[None, fold(community.name)] = community.slug
        names[None, fold(community.slug)] = community.slug
    return names


def _known_names(file: RegistryFile) -> tuple[str, ...]:
    printed = [item.name for item in file.communities] + [item.alias for item in file.aliases]
    return tuple(dict.fromkeys([*printed, *(item.slug for item in file.communities)]))
