"""Whose true figures a caller may see, and whether figures below a community are theirs to ask for.

A token carries scopes, never a role. `performance.detail` makes figures exact in the caller's own area: the communities
its token names; without any, the practice, council or community team it belongs to. Only those who work on the figures or
in the community may drill below it; a board that reads totals may not.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from services.trajectories.performance.rules.places import Geography
from shared.months import Month
from shared.registry.selection import Selection

DETAIL = "performance.detail"
# Held by analysts, publishers, case managers and development leads; oversight members hold none of them.
_DRILLING = frozenset({"trajectories.write", "trajectories.approve", "cases.work", "plans.write"})
_EVERYWHERE = "*"
_TEAM = "-icc"


@dataclass(frozen=True, slots=True)
class Audience:
    """All that decides how a caller sees figures; equal audiences get equal answers.

    communities: slugs of any level and lines.   council, practice: the organisation, when it is one.
    """

    everywhere: bool = False
    communities: frozenset[str] = frozenset()
    council: str | None = None
    practice: str | None = None
    drills: bool = False


PROTECTED = Audience()


def audience_of(
    scopes: AbstractSet[str], *, org: str | None, communities: frozenset[str] | None, places: Geography
) -> Audience:
    """The audience a verified token belongs to."""
    if DETAIL not in scopes:
        return PROTECTED
    registry = places.registry
    drills = not _DRILLING.isdisjoint(scopes)
    if org is not None and registry.knows_practice(org):
        return Audience(practice=org)
    if org is not None and registry.council(org) is not None:
        return Audience(council=org)
    if communities is not None:
        everywhere = _EVERYWHERE in communities
        return Audience(everywhere, frozenset() if everywhere else communities, drills=drills)
    team = next(
        (slug for slug in (org, (org or "").removesuffix(_TEAM)) if slug and registry.community(slug)), None
    )
    return Audience(communities=frozenset({team} if team else ()), drills=drills)


def sees_exactly(audience: Audience, place: Selection, *, month: Month, places: Geography) -> bool:
    """Whether the true figures of a place are the audience's to see.

    month: the last of the question; a council's own communities are those it has then.
    """
    if audience == PROTECTED:
        return False
    if place.kind == "practice" and place.code == audience.practice:
        return True
    if places.below_icc(place, month) and not audience.drills:
        return False
    if audience.everywhere:
        return True
    own = _own(audience, month, places)
    within = _whole_of(place, month, places)
    return bool(within) and own.issuperset(within)


def _own(audience: Audience, month: Month, places: Geography) -> frozenset[str]:
    """The communities and lines of an audience, with all that lies in them."""
    registry, on = places.registry, month.first_day
    named = audience.communities
    if audience.council is not None:
        council = Selection(audience.council, "council", audience.council, "council")
        named = frozenset(places.communities(council, month))
    return frozenset(member for slug in named for member in registry.members(slug, on))


def _whole_of(place: Selection, month: Month, places: Geography) -> frozenset[str]:
    """The communities and lines that a place is made of, or lies in."""
    registry, on = places.registry, month.first_day
    if place.kind == "practice":
        return frozenset({registry.icc_of_practice(place.code, on)})
    if place.kind == "pcn":
        return frozenset(registry.icc_of_practice(code, on) for code in places.practices(place, month))
    if places.below_icc(place, month):
        return frozenset({place.code})
    return frozenset((*places.communities(place, month), *places.lines(place, month)))
