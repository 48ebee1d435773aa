"""Which team works a referral and by when: pure decisions over the pathway catalogue and the registry.

A person is routed by the registered practice, else by where they are staying, else onto the Bay-wide list
`unrouted`: nobody is refused for where they live. Hot work (two hours, discharges) keeps the community where the
person lives but goes to the area's urgent team, so that the communities' proactive lists are protected from it.
Hot work never waits for a community: where none is known the postcode of the home decides, else the practice that asks,
else the team that the registry gives the duty for the whole system.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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


def day_ends(day: date) -> datetime:
    """The instant at which a working day is over in Europe/London, in UTC."""
    return datetime.combine(day, DAY_ENDS, tzinfo=LONDON).astimezone(UTC)


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
    """All pathways by key, and which team kind takes work whose priority alone makes it hot.

    steps_of_community, steps_of_hot: the limits of an open case's later stages, each counted from the stage before.
    """

    pathways: Mapping[str, Pathway]
    hot_priority: str
    hot_priority_team: str
    steps_of_community: Mapping[str, Term]
    steps_of_hot: Mapping[str, Term]

    def next_steps(self, pathway: Pathway, priority: str) -> Mapping[str, Term]:
        """The limits of the stages after the first contact."""
        if self.team_kind(pathway, priority) == WORKED_BY_COMMUNITY:
            return self.steps_of_community
        return self.steps_of_hot

    def team_kind(self, pathway: Pathway, priority: str) -> str:
        """The kind of team that works a referral, as the registry names it."""
        if pathway.hot or priority != self.hot_priority:
            return pathway.worked_by
        return self.hot_priority_team

    def is_hot(self, pathway: str, priority: str) -> bool:
        """Whether an urgent team works a referral, and not its community."""
        return self.team_kind(self.pathways[pathway], priority) != WORKED_BY_COMMUNITY


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What decides a person's community.

    named, registered, staying: the community that the sender named, of the registered practice at the date, and of the
    postcode where the person is staying; None when there is none.   home: that of the postcode where the person lives,
    which is asked for hot work alone.   practice: the registered practice if it belongs to the system.   line: where a
    person counts who has no community: outside, or in none yet.
    """

    line: str
    named: str | None = None
    registered: str | None = None
    staying: str | None = None
    home: str | None = None
    practice: str | None = None


def whereabouts(
    registry: Registry,
    *,
    on: date,
    practice: str | None,
    staying_at: str | None,
    named: str | None,
    lives_at: str | None = None,
) -> Whereabouts:
    """What the registry knows of a person's places on a day.   practice: a code.   staying_at, lives_at: postcodes.

    lives_at: for hot work alone. Proactive work goes by the practice, not by a home that may be out of date.
    """
    registered = None if practice is None else registry.icc_of_practice(practice, on)
    lines = (registry.unassigned, registry.outside)
    return Whereabouts(
        line=registered if registered in lines else registry.unassigned,
        named=named,
        registered=None if registered in lines else registered,
        staying=None if staying_at is None else registry.icc_of_postcode(staying_at, on),
        home=None if lives_at is None else registry.icc_of_postcode(lives_at, on),
        practice=practice if practice is not None and registry.practice(practice) is not None else None,
    )


def community_of(where: Whereabouts) -> str:
    """The community that works for a person: an ICC's slug, or "unrouted".

    A sender who names a community knows more than the list of practices does. Otherwise the registered practice
    decides, else where the person is staying, and for hot work the home. A practice without a community, or outside the
    Bay, decides nothing.
    """
    return where.named or where.registered or where.staying or where.home or UNROUTED


def counted_place(where: Whereabouts) -> str:
    """The place a referral counts to, for good: the Bay's practice where known, else the community, else a line."""
    community = community_of(where)
    return where.practice or (where.line if community == UNROUTED else community)


def team_of(icc: str, kind: str, *, registry: Registry, on: date, asked_by: str | None = None) -> str | None:
    """The team that takes a community's referrals of a kind on a day: the area's own, else the registry's fallback.

    asked_by: code of the practice that asks. Where no community is known its own area's team takes hot work.
    """
    area = None if icc == UNROUTED else icc
    if area is None and asked_by is not None and kind != WORKED_BY_COMMUNITY:
        near = registry.icc_of_practice(asked_by, on)
        area = None if near in (registry.unassigned, registry.outside) else near
    return registry.team_for(kind, area, on)


def kinds_without_a_team(catalogue: Catalogue, *, registry: Registry, on: date) -> list[str]:
    """The kinds of work for which the registry names no team of the whole system: somebody's referral would have none."""
    kinds = {pathway.worked_by for pathway in catalogue.pathways.values()} | {catalogue.hot_priority_team}
    return sorted(kind for kind in kinds if registry.team_for(kind, None, on) is None)


def seat_of_team(team: str, *, registry: Registry, on: date) -> str | None:
    """The community whose planned work a team takes on a day; None for a team of hot work alone.

    The team that takes what no other does has the whole system for its area, and so the list `unrouted`.
    """
    areas = {
        duty.area
        for one in registry.file.teams
        if one.code == team
        for duty in one.duties
        if duty.kind == WORKED_BY_COMMUNITY and duty.holds(on)
    }
    if registry.system in areas:
        return UNROUTED
    return min(areas, default=None)


def due_instants(
    pathway: Pathway, *, priority: str, received_at: datetime, add_working_days: AddWorkingDays
) -> tuple[datetime, datetime]:
    """(triage_by, start_by) of a referral received at an aware instant; clocks start at receipt, not at referral."""
    clocks = pathway.clocks[priority]
    return (
        clocks.triage.after(received_at, add_working_days=add_working_days),
        clocks.start.after(received_at, add_working_days=add_working_days),
    )


def worklist_of(kind: str, *, icc: str, team: str | None) -> str:
    """The list a referral stands on: its community's, or an urgent team's for hot work, which never burdens a community's.

    Hot work that no team takes stands on `unrouted`, so that somebody sees it.
    """
    return icc if kind == WORKED_BY_COMMUNITY else team or UNROUTED


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who works a referral, on which list it stands, and by when."""

    team: str | None
    worklist: str
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
    asked_by: str | None,
) -> Assignment:
    """The team of the day a referral came in, and its clocks, by pathway, priority, community and who asks."""
    way = catalogue.pathways[pathway]
    kind = catalogue.team_kind(way, priority)
    team = team_of(icc, kind, registry=registry, on=london_day(received_at), asked_by=asked_by)
    return Assignment(
        team,
        worklist_of(kind, icc=icc, team=team),
        *due_instants(way, priority=priority, received_at=received_at, add_working_days=add_working_days),
    )
