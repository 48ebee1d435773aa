"""What is right and wrong of a meeting, a discussion, an action and a benefit. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Final, Literal, Protocol, get_args

from shared.problems import FieldError

Sector = Literal[
    "gp",
    "community",
    "acute",
    "mental-health",
    "social-care",
    "vcse",
    "housing",
    "police",
    "prison",
    "education",
    "lived-experience",
]
SelfCare = Literal["better", "same", "worse", "unknown"]
SELF_CARE: Final[tuple[SelfCare, ...]] = get_args(SelfCare)
MOST_ATTENDEES: Final = 100
MOST_SAID: Final = 20
"""Decisions, and actions, of one discussion."""


class Attending(Protocol):
    """What the rules must know of who was asked to a meeting."""

    @property
    def org(self) -> str | None: ...  # noqa: D102 -- members of a protocol
    @property
    def partner(self) -> str | None: ...  # noqa: D102
    @property
    def client(self) -> str | None: ...  # noqa: D102
    @property
    def sector(self) -> Sector: ...  # noqa: D102
    @property
    def present(self) -> bool: ...  # noqa: D102


def attendee_faults(attendees: Sequence[Attending], *, held_on: date, today: date) -> Iterator[FieldError]:
    """What is wrong with who came: each is of one organisation or partner, once, and nobody has come to a meeting to come."""
    known: set[tuple[str | None, ...]] = set()
    for place, one in enumerate(attendees):
        at = f"/attendees/{place}"
        if (one.org is None) == (one.partner is None):
            yield FieldError("body.required", f"{at}/org", "Name either an organisation or a partner.")
        if one.present and held_on > today:
            yield FieldError(
                "date.future", f"{at}/present", "Nobody has come to a meeting that is still to be."
            )
        seat = (one.org, one.partner, one.client)
        if seat in known:
            yield FieldError("row.duplicate", at, "The same seat stands here twice.")
        known.add(seat)


def sectors_of(attendees: Sequence[Attending]) -> int:
    """How many different sectors came."""
    return len({one.sector for one in attendees if one.present})


def told_beside_staff(attendees: Sequence[Attending], *, care_staff: Collection[str]) -> list[str]:
    """Who came and may hear of a person only with their consent, by organisation or partner."""
    names = {one.org or one.partner for one in attendees if one.present and one.sector not in care_staff}
    return sorted(name for name in names if name is not None)


def discussion_faults(
    *, held_on: date, today: date, due: Sequence[date], consent_on: date | None
) -> Iterator[FieldError]:
    """What is wrong with the days of a discussion. due: of its actions."""
    if held_on > today:
        yield FieldError("date.future", "/decisions", "A meeting that is still to be has decided nothing.")
    for place, day in enumerate(due):
        if day < held_on:
            yield FieldError(
                "date.order", f"/actions/{place}/due_on", "The action is due before the meeting."
            )
    if consent_on is not None and consent_on > held_on:
        yield FieldError("date.order", "/consent/on", "The consent was given after the meeting.")


def benefit_faults(
    *, asked_on: date, held_on: date, dead: bool, avoided: Sequence[str]
) -> Iterator[FieldError]:
    """What is wrong with a benefit. dead: whether the person's death was recorded.   avoided: the kinds of use avoided."""
    if asked_on < held_on:
        yield FieldError("date.order", "/asked_on", "It was asked before the meeting.")
    if dead and avoided:
        yield FieldError("state.transition", "/use_avoided", "A death is never an activity avoided.")
    for place, kind in enumerate(avoided):
        if kind in avoided[:place]:
            yield FieldError(
                "row.duplicate", f"/use_avoided/{place}/kind", "The same kind stands here twice."
            )
