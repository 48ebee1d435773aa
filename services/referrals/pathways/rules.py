"""Which team works a referral and by when: pure decisions over the pathway catalogue and the registry.

A person is routed by the registered practice, else by where they are staying, else onto the Bay-wide list
`unrouted`: nobody is refused for where they live. Hot work (two hours, discharges) keeps the community where the
person lives but goes to the area's urgent team, so that the communities' proactive lists are protected from it.
Where no community is known no urgent team is either: such work stands on `unrouted` too, until the registry gives a team
that duty for the whole system, before the list's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args

from shared.months import LONDON, london_day
from shared.registry.registry import Registry

UNROUTED: Final = "unrouted"
WORKED_BY_COMMUNITY: Final = "community"
Priority = Literal["routine", "urgent", "two-hour"]
PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)
# The end of a working day for a deadline counted in working days.
DAY_ENDS: Final = time(17, 0)

AddWorkingDays = Callable[[date, int], date]


@dataclass(frozen=True, slots=True)
class Term:
    """A limit of a clock: whole working days of England, or minutes that run day and night. One of the two is None."""

    working_days: int | None = None
    minutes: int | None = None

    def after(self, start: datetime, *, add_working_days: AddWorkingDays) -> datetime:
        """The instant the limit is reached for a clock that started at `start` (aware); aware, in start's zone.

        Working days are counted from the day after the start in Europe/London and end at 17:00 there.
        """
        if self.minutes is not None:
            return start + timedelta(minutes=self.minutes)
        day = add_working_days(london_day(start), self.working_days or 0)
        return datetime.combine(day, DAY_ENDS, tzinfo=LONDON).astimezone(start.tzinfo)


@dataclass(frozen=True, slots=True)
class Clocks:
    """When a referral of one priority is to be triaged, and when its work is to start, from its receipt."""

    triage: Term
    start: Term


@dataclass(frozen=True, slots=True)
class Pathway:
    """One way of being helped.

    worked_by: the kind of team in the registry, "community" or one of hot work.   clocks: one entry for each of PRIORITIES.
    """

    key: str
    title: str
    for_whom: str
    worked_by: str
    default_priority: str
    clocks: Mapping[str, Clocks]

    @property
    def hot(self) -> bool:
        """Whether the whole pathway is hot work, whatever the priority."""
        return self.worked_by != WORKED_BY_COMMUNITY


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All pathways by key, and which team kind takes work whose priority alone makes it hot."""

    pathways: Mapping[str, Pathway]
    hot_priority: str
    hot_priority_team: str

    def team_kind(self, pathway: Pathway, priority: str) -> str:
        """The kind of team that works a referral, as the registry names it."""
        if pathway.hot or priority != self.hot_priority:
            return pathway.worked_by
        return self.hot_priority_team


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What decides a person's community.

    named, registered, staying: the community that the sender named, of the registered practice at the date, and of the
    postcode where the person is staying; None when there is none.   practice: the registered practice if it belongs to
    the system.   line: where a person counts who has no community: outside, or in none yet.
    """

    line: str
    named: str | None = None
    registered: str | None = None
    staying: str | None = None
    practice: str | None = None


def whereabouts(
    registry: Registry, *, on: date, practice: str | None, staying_at: str | None, named: str | None
) -> Whereabouts:
    """What the registry knows of a person's places on a day.   practice: a code.   staying_at: a postcode."""
    registered = None if practice is None else registry.icc_of_practice(practice, on)
    lines = (registry.unassigned, registry.outside)
    return Whereabouts(
        line=registered if registered in lines else registry.unassigned,
        named=named,
        registered=None if registered in lines else registered,
        staying=None if staying_at is None else registry.icc_of_postcode(staying_at, on),
        practice=practice if practice is not None and registry.practice(practice) is not None else None,
    )


def community_of(where: Whereabouts) -> str:
    """The community that works for a person: an ICC's slug, or "unrouted".

    A sender who names a community knows more than the list of practices does. Otherwise the registered practice
    decides, else where the person is staying. A practice without a community, or outside the Bay, decides nothing.
    """
    return where.named or where.registered or where.staying or UNROUTED


def counted_place(where: Whereabouts) -> str:
    """The place a referral counts to, for good: the Bay's practice where known, else the community, else a line."""
    community = community_of(where)
    return where.practice or (where.line if community == UNROUTED else community)


def team_of(icc: str, kind: str, *, registry: Registry, on: date) -> str | None:
    """The team that takes a community's referrals of a kind on a day: the area's own, else the registry's fallback."""
    return registry.team_for(kind, None if icc == UNROUTED else icc, on)


def due_instants(
    pathway: Pathway, *, priority: str, received_at: datetime, add_working_days: AddWorkingDays
) -> tuple[datetime, datetime]:
    """(triage_by, start_by) of a referral received at an aware instant; clocks start at receipt, not at referral."""
    clocks = pathway.clocks[priority]
    return (
        clocks.triage.after(received_at, add_working_days=add_working_days),
        clocks.start.after(received_at, add_working_days=add_working_days),
    )


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who works a referral, and by when."""

    team: str | None
    triage_by: datetime
    start_by: datetime


def assignment(
    catalogue: Catalogue,
    *,
    pathway: str,
    priority: str,
    icc: str,
    received_at: datetime,
    registry: Registry,
    add_working_days: AddWorkingDays,
) -> Assignment:
    """The team of the day a referral came in, and its clocks, by pathway, priority and community."""
    way = catalogue.pathways[pathway]
    kind = catalogue.team_kind(way, priority)
    team = team_of(icc, kind, registry=registry, on=london_day(received_at))
    return Assignment(
        team,
        *due_instants(way, priority=priority, received_at=received_at, add_working_days=add_working_days),
    )
