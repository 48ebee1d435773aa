"""Whose true figures a caller may see, and whether figures below a community are theirs to ask for.

A token carries scopes, never a role. `performance.detail` makes figures exact in the caller's own area: the communities
its token names; without any, the practice, council or community team it belongs to. Only those who work on the figures or
in the community may drill below it; a board that reads totals may not.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

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


class Sight:
    """What one audience sees exactly, decided place by place and month by month. What was decided is kept."""

    def __init__(self, audience: Audience, places: Geography) -> None:
        self.audience = audience
        self._places = places
        self.exactly = _always if self.of_everything else lru_cache(None)(self._sees_exactly)
        self._own = lru_cache(None)(self._own_in)

    @property
    def of_everything(self) -> bool:
        """Whether the true figures of every place are the audience's to see, whatever lies below a community too."""
        return self.audience.everywhere and self.audience.drills

    def may_ask(self, place: Selection, months: Sequence[Month]) -> bool:
        """Whether figures of a place may be asked for: those below a community only where they are one's own throughout."""
        return self.of_everything or all(
            not self._places.below_icc(place, month) or self.exactly(place, month) for month in months
        )

    def _sees_exactly(self, place: Selection, month: Month) -> bool:
        """Whether the true figures of a place in a month are the audience's to see.

        A council's own communities are those it has in that month: one that began later, or ended before, has none.
        """
        audience, places = self.audience, self._places
        if audience == PROTECTED:
            return False
        if not places.exists(place, month):
            return True  # it has no figures then, and what a longer period has of it is of other months
        if place.kind == "practice" and place.code == audience.practice:
            return True
        if places.below_icc(place, month) and not audience.drills:
            return False
        if audience.everywhere or self._is_own_council(place, month):
            return True
        within = _whole_of(place, month, places)
        return bool(within) and self._own(month).issuperset(within)

    def _is_own_council(self, place: Selection, month: Month) -> bool:
        """Whether the place is the audience's own council, or a district within it, whether it serves a community or not."""
        registry, own = self._places.registry, self.audience.council
        council = registry.council(place.code) if place.kind == "council" else None
        mine = None if own is None else registry.council(own)
        if council is None or mine is None or not mine.holds(month.first_day):
            return False
        return own in (council.slug, council.within)

    def _own_in(self, month: Month) -> frozenset[str]:
        """The communities and lines of the audience, with all that lies in them."""
        named = self.audience.communities
        if self.audience.council is not None:
            council = Selection(self.audience.council, "council", self.audience.council, "council")
            named = frozenset(self._places.communities(council, month))
        registry = self._places.registry
        return frozenset(member for slug in named for member in registry.members(slug, month.first_day))


def _always(_place: Selection, _month: Month) -> bool:
    return True


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
