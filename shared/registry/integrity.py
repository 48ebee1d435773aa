"""What must hold between the entries of a registry file before any service works with it.

Each rule yields sentences that name the entry to mend: references that lead nowhere, relations that overlap, families
in a circle, one name for two things.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Final

from shared.registry.entries import LEVELS, CareHome, Dated, Entry, Membership, RegistryFile, School
from shared.registry.names import fold

Rule = Callable[[RegistryFile], Iterator[str]]

_OF_SMALL_AREAS: Final = ("icc", "sub_community")
_KEYS: Final = ("slug", "code", "alias", "area", "post", "name")


def faults(file: RegistryFile) -> list[str]:
    """Every fault of a registry file as a sentence, in the order of the rules; empty when it is sound."""
    return [sentence for rule in _RULES for sentence in rule(file)]


def _every_key_is_used_once(file: RegistryFile) -> Iterator[str]:
    keys = {
        "community or line": [*(item.slug for item in file.communities), *(item.slug for item in file.lines)],
        "practice": [
            *(item.code for item in file.practices),
            *(item.code for item in file.outside_practices),
        ],
        "network": [item.code for item in file.networks],
        "council": [item.slug for item in file.councils],
        "team": [item.code for item in file.teams],
        "care home": [item.code for item in file.care_homes],
        "school": [item.code for item in file.schools],
        "trust": [item.code for item in file.trusts],
        "postcode area": [item.area for item in file.postcode_areas],
        "LSOA": [item.code for item in file.lsoas],
        "ambiguous name": [item.name for item in file.ambiguous_names],
    }
    for kind, values in keys.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{kind} {value}: it is entered twice"


def _one_whole_and_both_lines(file: RegistryFile) -> Iterator[str]:
    if sum(item.level == "system" for item in file.communities) != 1:
        yield "communities: exactly one has the level system"
    for kind in ("unassigned", "outside"):
        if sum(line.kind == kind for line in file.lines) != 1:
            yield f"lines: exactly one has the kind {kind}"


def _every_reference_is_known(file: RegistryFile) -> Iterator[str]:
    communities = {item.slug for item in file.communities}
    places = communities | {item.slug for item in file.lines}
    practices = {item.code for item in file.practices}
    networks = {item.code for item in file.networks}
    councils = {item.slug for item in file.councils}
    for where, what, known in _references(file, communities, places, (practices, networks, councils)):
        if what is not None and what not in known:
            yield f"{where}: {what} is not in the registry"


def _references(
    file: RegistryFile, communities: set[str], places: set[str], others: tuple[set[str], set[str], set[str]]
) -> Iterator[tuple[str, str | None, set[str]]]:
    """Each reference of the file: the entry that makes it, the key it names and the keys it may name."""
    practices, networks, councils = others
    for community in file.communities:
        yield from ((f"community {community.slug}", parent.of, communities) for parent in community.parents)
    yield from ((f"line {line.slug}", line.counts_to, communities) for line in file.lines)
    for practice in file.practices:
        where = f"practice {practice.code}"
        yield from ((where, membership.of, places) for membership in practice.memberships)
        yield from ((where, network.of, networks) for network in practice.networks)
        yield from ((where, council.of, councils) for council in practice.councils)
        yield where, practice.successor.practice if practice.successor else None, practices
    for council in file.councils:
        where = f"council {council.slug}"
        yield where, council.within, councils
        yield from ((where, successor, councils) for successor in council.successors)
        yield from ((where, membership.of, communities) for membership in council.communities)
    yield from ((f"team {team.code}", duty.area, places) for team in file.teams for duty in team.duties)
    for role in file.roles:
        yield f"role {role.post}", role.community, communities
        yield f"role {role.post}", role.network, networks
    for kind, one in _with_memberships(file):
        yield from ((f"{kind} {one.code}", membership.of, places) for membership in one.memberships)
    for alias in file.aliases:
        yield f"alias “{alias.alias}”", alias.community, communities
        yield f"alias “{alias.alias}”", alias.council, councils
    for word in file.ambiguous_names:
        yield from ((f"ambiguous name {word.name}", slug, places) for slug in word.candidates)
    yield from ((f"postcode area {area.area}", area.community, places) for area in file.postcode_areas)
    for small in file.lsoas:
        yield from ((f"LSOA {small.code}", membership.of, communities) for membership in small.memberships)


def _with_memberships(file: RegistryFile) -> Iterator[tuple[str, CareHome | School]]:
    yield from (("care home", home) for home in file.care_homes)
    yield from (("school", school) for school in file.schools)


def _every_source_is_described(file: RegistryFile) -> Iterator[str]:
    for group, entries in file:
        for entry in entries if isinstance(entries, tuple) else ():
            for source in sorted(set(_cited(entry)) - file.sources.keys()):
                yield f"{group}, {_key(entry)}: the source {source} is not described under sources"


def _cited(entry: Entry) -> Iterator[str]:
    """The sources that an entry and everything inside it cite."""
    for name, value in entry:
        if name == "source" and value is not None:
            yield value
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Entry):
                yield from _cited(inner)


def _key(entry: Entry) -> str:
    """The member by which people know an entry."""
    members = dict(entry)
    return next(str(members[name]) for name in _KEYS if name in members)


def _nothing_overlaps(file: RegistryFile) -> Iterator[str]:
    for community in file.communities:
        yield from _overlaps(f"community {community.slug}: two parents", community.parents)
        yield from _overlaps(
            f"community {community.slug}: two entries of counts_as_icc", community.counts_as_icc
        )
    for practice in file.practices:
        yield from _overlaps(f"practice {practice.code}: two memberships", practice.memberships)
        yield from _overlaps(f"practice {practice.code}: two networks", practice.networks)
    for kind, one in _with_memberships(file):
        yield from _overlaps(f"{kind} {one.code}: two memberships", one.memberships)
    for small in file.lsoas:
        yield from _overlaps(f"LSOA {small.code}: two memberships", small.memberships)
    for council in file.councils:
        for slug in {membership.of for membership in council.communities}:
            same: list[Membership] = [one for one in council.communities if one.of == slug]
            yield from _overlaps(f"council {council.slug}: two relations to {slug}", same)


def _families_are_trees(file: RegistryFile) -> Iterator[str]:
    levels = {item.slug: LEVELS.index(item.level) for item in file.communities}
    for community in file.communities:
        if community.level == "system" and community.parents:
            yield f"community {community.slug}: the system has no parent"
        if community.level != "system" and not community.parents:
            yield f"community {community.slug}: it has no parent"
        for parent in community.parents:
            if levels.get(parent.of, -1) >= levels[community.slug]:
                yield f"community {community.slug}: its parent {parent.of} must be of a wider level"
    successors = {item.code: item.successor.practice for item in file.practices if item.successor is not None}
    for start in successors:
        code, steps = start, 0
        while code in successors and steps <= len(successors):
            code, steps = successors[code], steps + 1
        if steps > len(successors):
            yield f"practice {start}: its successors lead in a circle"


def _small_areas_lie_in_one_community(file: RegistryFile) -> Iterator[str]:
    levels = {item.slug: item.level for item in file.communities}
    for small in file.lsoas:
        for membership in small.memberships:
            if levels.get(membership.of, "icc") not in _OF_SMALL_AREAS:
                yield f"LSOA {small.code}: it lies in an ICC or a sub-community, and {membership.of} is none"


def _every_name_means_one_community(file: RegistryFile) -> Iterator[str]:
    own = {form: item.slug for item in file.communities for form in (fold(item.name), fold(item.slug))}
    for item in file.communities:
        for form in {fold(item.name), fold(item.slug)}:
            if own[form] != item.slug:
                yield f"community {item.slug}: {own[form]} has the same name"
    meant: dict[tuple[str | None, str], str] = {}
    outside = {fold(name): place.name for place in file.outside_places for name in (place.name, *place.names)}
    for alias in file.aliases:
        form = fold(alias.alias)
        if not form:
            yield f"alias “{alias.alias}”: it has no letters"
        if (alias.council, form) in meant:
            yield f"alias “{alias.alias}”: it is entered twice"
        meant[alias.council, form] = alias.community
        if own.get(form, alias.community) != alias.community:
            yield f"alias “{alias.alias}”: it is the name of {own[form]}"
        if form in outside:
            yield f"alias “{alias.alias}”: it is also a name of {outside[form]}, which lies outside"
    for form in outside.keys() & own.keys():
        yield f"outside place “{outside[form]}”: {own[form]} has the same name"


def _closed_practices_are_carried_on(file: RegistryFile) -> Iterator[str]:
    for practice in file.practices:
        successor = practice.successor
        if successor is None:
            continue
        if practice.valid_to is None:
            yield f"practice {practice.code}: it has a successor but no valid_to"
        elif successor.from_day <= practice.valid_to:
            yield f"practice {practice.code}: its successor begins before it closes"


def _overlaps(what: str, entries: Sequence[Dated]) -> Iterator[str]:
    for one, other in combinations(entries, 2):
        if one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max):
            yield f"{what} overlap on {max(one.valid_from, other.valid_from)}"


_RULES: Final[tuple[Rule, ...]] = (
    _every_key_is_used_once,
    _one_whole_and_both_lines,
    _every_reference_is_known,
    _every_source_is_described,
    _nothing_overlaps,
    _families_are_trees,
    _small_areas_lie_in_one_community,
    _every_name_means_one_community,
    _closed_practices_are_carried_on,
)
