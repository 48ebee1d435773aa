"""Where a referral is sent on to: another community, team, practice or pathway, and the list and clocks that follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.referrals.identity.rules import Fault
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import UNROUTED, Priority, seat_of_team
from services.referrals.records.scope import iccs_under
from services.referrals.records.steps import give_items, hand_over, place, set_limits
from services.referrals.records.tables import Referral
from shared.months import london_day
from shared.problems import FieldError, Invalid
from shared.registry.registry import Registry
from shared.registry.selection import AmbiguousCommunity
from shared.service.acting import Act

_NO_PRACTICE: Final = (
    "The registry holds no such practice. Of one outside the area, name the community that goes on (`icc`)."
)
_PATHWAYS: Final = "The pathways are listed at /v1/pathways."


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What changes of where a referral stands; None stays. practice: where the person is registered now."""

    icc: str | None = None
    team: str | None = None
    practice: str | None = None
    pathway: str | None = None
    priority: Priority | None = None


async def send_on(act: Act, referral: Referral, to: Destination) -> None:
    """Let a referral stand where it is sent, without anybody's name on it where the list is another. Raises Invalid."""
    today = london_day(act.now)
    if errors := list(destination_faults(act, to)):
        raise Invalid(errors=errors)
    before = referral.worklist
    if to.practice is not None:
        referral.registered_practice = to.practice
        referral.icc = _icc_of_practice(act.registry, to.practice, on=today)
    if to.icc is not None:
        referral.icc = named_icc(act.registry, to.icc, on=today)
    referral.pathway, referral.priority = to.pathway or referral.pathway, to.priority or referral.priority
    place(act, referral)
    if to.team is not None:
        seat = seat_of_team(to.team, registry=act.registry, on=today)
        referral.team, referral.worklist = to.team, seat or to.team
        referral.icc = seat or referral.icc
    await set_limits(act, referral)
    if referral.worklist != before:
        await hand_over(act, referral, None)
        await give_items(act, referral, to=referral)


def destination_faults(act: Act, to: Destination) -> Iterator[FieldError]:
    """What is wrong with a destination, each with its place."""
    today = london_day(act.now)
    if to.icc is not None:
        try:
            named_icc(act.registry, to.icc, on=today)
        except Fault as fault:
            yield FieldError(fault.code, "/icc", fault.detail)
    if to.practice is not None and act.registry.practice(to.practice) is None:
        yield FieldError("ods.unknown", "/practice", _NO_PRACTICE)
    teams = sorted(team.code for team in act.registry.file.teams if team.holds(today))
    if to.team is not None and to.team not in teams:
        yield FieldError("enum", "/team", f"The teams are {', '.join(teams)}.")
    if to.pathway is not None and to.pathway not in catalogue().pathways:
        yield FieldError("enum", "/pathway", _PATHWAYS)


def named_icc(registry: Registry, name: str, *, on: date) -> str:
    """The ICC that somebody named. Raises Fault: icc.ambiguous for a word or a group of several, else icc.unknown.

    The faults say what a referral may name: the registry's own advice offers practices and networks too.
    """
    try:
        selection = registry.resolve(name, on)
    except AmbiguousCommunity as several:
        raise Fault("icc.ambiguous", several.detail) from None
    except Invalid:
        raise Fault("icc.unknown", _advice(registry, on)) from None
    if selection.level == "icc":
        return selection.code
    if selection.level == "group":
        iccs = ", ".join(iccs_under(selection.code, registry=registry, on=on))
        raise Fault("icc.ambiguous", f"A group has several communities: name one of {iccs}.")
    raise Fault("icc.unknown", _advice(registry, on))


def _advice(registry: Registry, on: date) -> str:
    iccs = ", ".join(community.slug for community in registry.communities(on, "icc"))
    return f"Name one of {iccs}; or leave it out, and the registered practice decides."


def _icc_of_practice(registry: Registry, practice: str, *, on: date) -> str:
    """The community of a practice; `unrouted` for one without, or outside the Bay."""
    icc = registry.icc_of_practice(practice, on)
    return UNROUTED if icc in (registry.unassigned, registry.outside) else icc
