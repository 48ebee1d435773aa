"""The registry of one system, loaded once: its places, who serves them, and what queries and partners call them.

A service asks this one object. It is immutable: no database and no clock, and after it was loaded no file but the mapped
postcode directory, where the process has one.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from shared.registry.entries import Duty, RegistryFile, Role, Team
from shared.registry.names import fold, is_practice_code, nearest, postcode_areas
from shared.registry.places import KEPT, Places
from shared.registry.positions import Postcodes
from shared.registry.selection import (
    COUNCIL_PREFIX,
    PCN_PREFIX,
    AmbiguousCommunity,
    Outside,
    Selection,
    UnknownCommunity,
    UnknownPractice,
    split_tokens,
)


class Registry(Places):
    """One system's reference data: the places, and councils, teams, posts, names and postcodes beside them."""

    def __init__(self, file: RegistryFile, *, digest: str, postcodes: Postcodes | None = None) -> None:
        """As `Places`. postcodes: the ONS postcode directory, None where this process has none."""
        super().__init__(file, digest=digest)
        self._postcodes = postcodes
        self._small_areas = {item.code: item.memberships for item in file.lsoas}
        self._duties = _duties(file.teams)
        self._names = _names(file)
        printed = [item.name for item in file.communities] + [item.alias for item in file.aliases]
        self._known_names = tuple(dict.fromkeys([*printed, *(item.slug for item in file.communities)]))
        self._council_names = {
            fold(name): item.slug for item in file.councils for name in (item.slug, item.name)
        }
        self._outside_places = {
            fold(name): Outside(place.name)
            for place in file.outside_places
            for name in (place.name, *place.names)
        }
        self._ambiguous = {fold(item.name): item.candidates for item in file.ambiguous_names}
        self._postcode_areas = {item.area: item for item in file.postcode_areas}
        # Asked for every referral, and never different under a process.
        self._kept_teams = lru_cache(KEPT)(self._find_teams)

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
        """The codes of the practices in a council's communities, and of those that name it themselves, on a day.

        Generous: whose people a council may report on. A practice that names another council than its community's is in
        both; the report, whose parts must add up, counts it in the one it names.
        """
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
        selection = self.find(token, on)
        if selection is not None:
            return selection
        if is_practice_code(token):
            raise UnknownPractice
        raise UnknownCommunity(self.nearest_key(token))

    def find(self, token: str, on: date | None = None) -> Selection | None:
        """As `resolve`, but None for what is not known; AmbiguousCommunity is raised all the same."""
        candidates = self._ambiguous.get(fold(token))
        if candidates is not None:
            raise AmbiguousCommunity(candidates)
        if token in self._lines:
            return Selection(token, "line", token, "line")
        if self.knows_practice(token):
            return Selection(token, "practice", token, "practice")
        selection, begins = self._dated_place(token)
        return None if on is not None and begins is not None and on < begins else selection

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

    def _dated_place(self, token: str) -> tuple[Selection | None, date | None]:
        """The community, network or council behind a token, with the day it begins."""
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
        """The community that a feed's label names, or Outside, or None when it is not a known name.

        council: whose file it is; its own names go before everybody's. Spelling is forgiven (see `names.fold`),
        likeness is not: a label that folds to no known name names nothing.
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

    def icc_of_postcode(self, postcode: str, on: date) -> str | None:
        """The community a postcode lies in on a day: by its LSOA where the directory and the file know it, else by a
        sector or outward code that lies in one community without doubt.

        None for everything else: a postcode is never guessed into a community.
        """
        small = self.community_of_postcode(postcode, on)
        if small is not None and (icc := self.icc_of(small, on)) is not None:
            return icc
        for area in postcode_areas(postcode) or ():
            entry = self._postcode_areas.get(area)
            if entry is not None and entry.holds(on):
                return entry.community
        return None

    def community_of_postcode(self, postcode: str, on: date) -> str | None:
        """The ICC or sub-community that the LSOA of a postcode is entered under on a day; None without a directory."""
        position = None if self._postcodes is None else self._postcodes.find(postcode)
        if position is None:
            return None
        memberships = (one for area in position.areas for one in self._small_areas.get(area, ()))
        return next((one.of for one in memberships if one.holds(on)), None)

    def deprivation_quintile(self, postcode: str) -> int | None:
        """1 for a postcode in the most deprived fifth of its country's areas, to 5; None where nobody knows.

        Without a directory nobody does: what is unknown is shown as `unknown` and never guessed.
        """
        position = None if self._postcodes is None else self._postcodes.find(postcode)
        return None if position is None else position.quintile


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


def places_of_level(registry: Registry, level: str | None, on: date) -> list[Selection]:
    """The places in force on a day, of one level of the contract; without one the communities of every level."""
    match level:
        case "pcn":
            return [
                Selection(f"{PCN_PREFIX}{item.code}", "pcn", item.code, "pcn")
                for item in registry.file.networks
                if item.holds(on)
            ]
        case "council":
            return [
                Selection(f"{COUNCIL_PREFIX}{item.slug}", "council", item.slug, "council")
                for item in registry.file.councils
                if item.holds(on)
            ]
        case "practice":
            return [
                Selection(item.code, "practice", item.code, "practice")
                for item in registry.file.practices
                if item.holds(on)
            ]
        case _:
            return [
                Selection(item.slug, "community", item.slug, item.level)
                for item in registry.communities(on)
                if level is None or item.level == level
            ]
