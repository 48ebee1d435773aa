"""Places of the registry put into words for an answer: pure functions from a registry and a day to schemas."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from shared.registry.entries import (
    CareHome,
    Community,
    Council,
    Line,
    Network,
    OutsidePractice,
    Practice,
    Role,
    School,
    Team,
)
from shared.registry.populations import (
    RegisteredPopulation,
    population_of,
    stated_population,
)
from shared.registry.registry import Registry
from shared.registry.schemas import (
    CareHomeBrief,
    CouncilBrief,
    ListSizeAnswer,
    MembershipAnswer,
    PcnBrief,
    PlaceAnswer,
    PopulationAnswer,
    PracticeAnswer,
    PracticeBrief,
    RegisteredPeople,
    RoleBrief,
    SchoolBrief,
    StatedPopulation,
    SuccessorAnswer,
    TeamBrief,
)
from shared.registry.selection import COUNCIL_PREFIX, Selection

Named = Community | Line | Network | Council | Practice | OutsidePractice


# The same registry and day give the same place; a process keeps every place for some days.
@lru_cache(maxsize=512)
def describe_place(registry: Registry, selection: Selection, on: date) -> PlaceAnswer:
    """A place and everything that hangs on it as it stood on a day."""
    entry = _entry(registry, selection)
    community = registry.community(selection.code) if selection.kind == "community" else None
    codes = registry.practices_selected(selection, on)
    around = _communities_around(registry, selection, on)
    inside = set(registry.members(community.slug, on)) if community else set()
    return PlaceAnswer(
        slug=selection.token,
        name=entry.name,
        level=selection.level,
        parent=_parent(registry, selection, on),
        children=list(registry.children(selection.code, on)) if community else [],
        counts_as_icc=community is not None and registry.counts_as_icc(community.slug, on),
        valid_from=getattr(entry, "valid_from", None),
        valid_to=getattr(entry, "valid_to", None),
        aliases=[
            alias.alias for alias in registry.file.aliases if community and alias.community == community.slug
        ],
        profile=community.profile if community else None,
        population=_population(registry, community, codes, on),
        practices=_practices(registry, codes),
        pcns=_pcns(registry, codes, on),
        councils=[] if selection.kind == "council" else _councils(registry, around, codes, on),
        teams=_teams(registry, around, on),
        roles=_roles(registry, selection, on),
        care_homes=_care_homes(registry, around, on),
        schools=_schools(registry, around, on),
        lsoas=[
            small.code
            for small in registry.file.lsoas
            if any(one.of in inside and one.holds(on) for one in small.memberships)
        ],
        postcode_areas=[
            area.area for area in registry.file.postcode_areas if area.community in inside and area.holds(on)
        ],
        trusts=[
            trust.code
            for trust in registry.file.trusts
            if selection.code == registry.system and trust.holds(on)
        ],
        as_at=on,
    )


def describe_practice(registry: Registry, practice: Practice | OutsidePractice, on: date) -> PracticeAnswer:
    """A practice as it stood on a day, of the system or known to lie outside it."""
    if isinstance(practice, OutsidePractice):
        return _outside_practice(registry, practice, on)
    icc = registry.icc_of_practice(practice.code, on)
    networks = [one.of for one in practice.networks if one.holds(on)]
    successor = practice.successor
    return PracticeAnswer(
        ods=practice.code,
        name=practice.name,
        postcode=practice.postcode,
        status="planned" if on < practice.valid_from else "open" if practice.holds(on) else "closed",
        valid_from=practice.valid_from,
        valid_to=practice.valid_to,
        icc=icc,
        pcn=_pcn(registry, networks[0]) if networks else None,
        councils=_councils(registry, [icc], (practice.code,), on),
        successor=successor
        and SuccessorAnswer(ods=successor.practice, from_day=successor.from_day, assumed=successor.assumed),
        memberships=[
            MembershipAnswer(
                community=one.of, valid_from=one.valid_from, valid_to=one.valid_to, assumed=one.assumed
            )
            for one in practice.memberships
        ],
        list_sizes=[ListSizeAnswer(month=size.month, people=size.people) for size in practice.list_sizes],
        as_at=on,
    )


def _outside_practice(registry: Registry, practice: OutsidePractice, on: date) -> PracticeAnswer:
    return PracticeAnswer(
        ods=practice.code,
        name=practice.name,
        postcode=practice.postcode,
        status="outside",
        valid_from=None,
        valid_to=None,
        icc=registry.outside,
        pcn=None,
        councils=[],
        successor=None,
        memberships=[],
        list_sizes=[],
        as_at=on,
    )


def _entry(registry: Registry, selection: Selection) -> Named:
    """The file's entry behind a selected place; a selection always has one."""
    by_kind: dict[str, Callable[[str], Named | None]] = {
        "community": registry.community,
        "line": registry.line,
        "pcn": registry.network,
        "council": registry.council,
        "practice": lambda code: registry.practice(code) or registry.outside_practice(code),
    }
    entry = by_kind[selection.kind](selection.code)
    if entry is None:
        raise LookupError("a selection outlived its registry")
    return entry


def _parent(registry: Registry, selection: Selection, on: date) -> str | None:
    """The place right above, as `community=` would take it."""
    match selection.kind:
        case "practice":
            return registry.icc_of_practice(selection.code, on)
        case "pcn":
            return registry.system
        case "council":
            council = registry.council(selection.code)
            return f"{COUNCIL_PREFIX}{council.within}" if council and council.within else None
        case _:
            return next(iter(registry.ancestors(selection.code, on)), None)


def _communities_around(registry: Registry, selection: Selection, on: date) -> list[str]:
    """The communities or lines whose councils, teams and care homes are also the place's."""
    match selection.kind:
        case "community" | "line":
            return [selection.code]
        case "council":
            return list(registry.communities_of_council(selection.code, on))
        case _:
            codes = registry.practices_selected(selection, on)
            return list(dict.fromkeys(registry.icc_of_practice(code, on) for code in codes))


def _population(
    registry: Registry, community: Community | None, codes: tuple[str, ...], on: date
) -> PopulationAnswer:
    stated = stated_population(registry, community.slug, on) if community else None
    registered: RegisteredPopulation | None = population_of(registry, codes, on)
    return PopulationAnswer(
        stated=stated
        and StatedPopulation(
            people=stated.people,
            month=stated.month,
            approximate=stated.approximate,
            source=registry.file.sources[stated.source],
        ),
        registered=registered
        and RegisteredPeople(
            people=registered.people,
            month=registered.month,
            practices=registered.practices,
            without_list=list(registered.without_list),
        ),
    )


def _practices(registry: Registry, codes: tuple[str, ...]) -> list[PracticeBrief]:
    entries = [registry.practice(code) for code in codes]
    return [
        PracticeBrief(ods=entry.code, name=entry.name, postcode=entry.postcode) for entry in entries if entry
    ]


def _pcn(registry: Registry, code: str) -> PcnBrief:
    network = registry.network(code)
    return PcnBrief(code=code, name=network.name if network else code)


def _pcns(registry: Registry, codes: tuple[str, ...], on: date) -> list[PcnBrief]:
    practices = [registry.practice(code) for code in codes]
    networks = [one.of for practice in practices if practice for one in practice.networks if one.holds(on)]
    return [_pcn(registry, code) for code in dict.fromkeys(networks)]


def _councils(registry: Registry, around: list[str], codes: tuple[str, ...], on: date) -> list[CouncilBrief]:
    """The councils of some communities, and those that one of the practices names for itself."""
    serving = {slug for place in around for slug in registry.councils_of(place, on)}
    practices = [registry.practice(code) for code in codes]
    own = {one.of for practice in practices if practice for one in practice.councils if one.holds(on)}
    return [
        CouncilBrief(
            slug=council.slug, name=council.name, kind=council.kind, part=_serves_a_part(council, around, on)
        )
        for council in registry.file.councils
        if council.slug in serving | own
    ]


def _serves_a_part(council: Council, around: list[str], on: date) -> bool:
    return any(one.part and one.of in around and one.holds(on) for one in council.communities)


def _teams(registry: Registry, around: list[str], on: date) -> list[TeamBrief]:
    teams: dict[str, Team] = {team.code: team for place in around for team in registry.teams_of(place, on)}
    return [
        TeamBrief(
            code=team.code,
            name=team.name,
            kinds=list(dict.fromkeys(duty.kind for duty in team.duties if duty.holds(on))),
        )
        for team in teams.values()
    ]


def _roles(registry: Registry, selection: Selection, on: date) -> list[RoleBrief]:
    roles: tuple[Role, ...] = ()
    if selection.kind == "community":
        roles = registry.roles_of(selection.code, on)
    elif selection.kind == "pcn":
        roles = tuple(
            role for role in registry.file.roles if role.network == selection.code and role.holds(on)
        )
    return [
        RoleBrief(
            post=role.post,
            title=role.title,
            pcn=role.network,
            holder=role.holder,
            valid_from=role.valid_from,
            valid_to=role.valid_to,
        )
        for role in roles
    ]


def _care_homes(registry: Registry, around: list[str], on: date) -> list[CareHomeBrief]:
    return [
        CareHomeBrief(code=home.code, name=home.name, cqc_location=home.cqc_location, beds=home.beds)
        for home in registry.file.care_homes
        if _lies_in(home, registry, around, on)
    ]


def _schools(registry: Registry, around: list[str], on: date) -> list[SchoolBrief]:
    return [
        SchoolBrief(code=school.code, name=school.name, urn=school.urn, phase=school.phase)
        for school in registry.file.schools
        if _lies_in(school, registry, around, on)
    ]


def _lies_in(one: CareHome | School, registry: Registry, around: list[str], on: date) -> bool:
    places = {member for place in around for member in registry.members(place, on)}
    return one.holds(on) and any(within.of in places and within.holds(on) for within in one.memberships)
