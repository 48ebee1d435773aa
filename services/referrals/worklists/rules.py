"""What stands on a worklist: who reads which list, what is to be done next, and how pressing it is. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args

from services.referrals.records.states import BENEFIT, DECLINED, LIST_STAGES
from shared.months import LONDON, london_day
from shared.problems import FieldError

Urgency = Literal["overdue", "due", "waiting", "alert"]
URGENCIES: Final[tuple[Urgency, ...]] = get_args(Urgency)

ONWARD_STAGE: Final = "onward-answer"
NEXT_ACTIONS: Final[Mapping[str, str]] = {
    "triage": "Triage the referral",
    "information": "Await the sender's answer, or decide without it",
    "first-contact": "Make the first contact",
    "assessment": "Assess the person",
    "care-plan": "Write the care plan",
    "onward-answer": "Chase the partner's answer",
    "review": "Review the plan",
    "repeat-measure": "Repeat the measure",
    "mdt-action": "Do what the meeting agreed",
    "alert": "Look at what happened",
}
NEXT_ACTIONS_ABOUT: Final[Mapping[str, str]] = {
    DECLINED: "Read why a partner declined, and find another way",
    "break-glass": "Read who broke the glass, and why",
    BENEFIT: "Ask what the discussion was good for",
}
"""Of what is about something of its own, in place of its stage's."""
NEXT_ACTION_IN_TRACING: Final = "Find the person's NHS number"
NEXT_ACTION_UNROUTED: Final = "Send the referral to a community or team"


def next_action(stage: str, *, listed: str, about: str | None = None, named: str | None = None) -> str:
    """The next thing to do. listed: the list it stands on; some lists are for one thing.   about: of an item, what it is about.   named: with what, or whom, where that is known."""
    if listed == "tracing":
        return NEXT_ACTION_IN_TRACING
    if listed == "unrouted" and stage == "triage":
        return NEXT_ACTION_UNROUTED
    action = NEXT_ACTIONS_ABOUT.get(about or "", NEXT_ACTIONS[stage])
    return action if named is None else f"{action}: {named}"


def measures_unknown(since: datetime) -> dict[str, str]:
    """The warning of a list while outcomes does not answer. since: the first question that it left open."""
    moment = f"{since.astimezone(LONDON):%d %B %Y, %H:%M}"
    detail = f"Outcomes has not answered since {moment}: measures may be due again that this list does not hold yet."
    return {"code": "dependency", "detail": detail}


def today_ends(now: datetime) -> datetime:
    """The end of the day in Europe/London: what is due before is due today."""
    return datetime.combine(london_day(now) + timedelta(days=1), time(), tzinfo=LONDON)


def urgency(stage: str, due: datetime | None, *, now: datetime, ends: datetime) -> Urgency:
    """How pressing an item is at an instant. What has no date, or whose clock stands still, waits.   ends: the day's end."""
    if stage == "alert":
        return "alert"
    if due is None or due >= ends:
        return "waiting"
    return "overdue" if due < now else "due"


def counts_of(found: Iterable[tuple[str, int, int, int]]) -> dict[str, dict[str, int]]:
    """Every stage with every urgency. found: (stage, overdue, due till the day's end, all), as far as there are any items."""
    counts = {str(stage): {str(how): 0 for how in URGENCIES} for stage in LIST_STAGES}
    for stage, overdue, due, items in found:
        if stage == "alert":
            counts[stage]["alert"] = items
        else:
            counts[stage].update(overdue=overdue, due=due - overdue, waiting=items - due)
    return counts


def flags_of(
    *, person: Sequence[str] | None, tracing: bool, duplicate: bool, pauses: Sequence[str] | None
) -> list[str]:
    """What is to be seen first: of the person, then of the record, then of its clocks."""
    flags = list(dict.fromkeys(person)) if person else []
    if tracing:
        flags.append("tracing")
    if duplicate:
        flags.append("possible-duplicate")
    if pauses:
        flags += [reason for reason in pauses if reason != "information-requested"]
    return flags


def cover_faults(*, of: str, by: str, first: date, last: date) -> Iterator[FieldError]:
    """What is wrong with standing in for somebody."""
    if of == by:
        yield FieldError("enum", "/by", "Somebody else covers.")
    if last < first:
        yield FieldError("date.order", "/to", "The last day lies before the first.")
