"""How a pause moves a limit. Pure: intervals and a calendar in, an instant out.

A limit in minutes moves by the time that the clock stood still. A limit in working days moves by the working days that the
pause reached into after its first day, so a question that is answered the same day moves nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from shared.calendar import WorkingCalendar
from shared.months import LONDON, london_day

PauseReason = Literal["information-requested", "in-hospital", "person-asked"]
PAUSE_REASONS: Final[tuple[PauseReason, ...]] = get_args(PauseReason)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A time in which a clock stood still, from one aware instant to another."""

    start: datetime
    end: datetime


def united(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """The same times without overlaps, in their order: two reasons at once stop a clock once."""
    held: Interval | None = None
    for one in sorted(intervals):
        if held is None or one.start > held.end:
            if held is not None:
                yield held
            held = one
        else:
            held = Interval(held.start, max(held.end, one.end))
    if held is not None:
        yield held


def moved(
    limit: datetime,
    *,
    since: datetime,
    pauses: Sequence[Interval],
    in_working_days: bool,
    calendar: WorkingCalendar,
) -> datetime:
    """A limit after the pauses of its clock.

    limit: without any pause.   since: when the clock began; earlier pauses were another clock's.
    A pause that begins after the limit was reached moves nothing: the clock had run out.
    """
    for pause in united(pauses):
        start = max(pause.start, since)
        if pause.end <= start:
            continue
        if start >= limit:
            break
        limit = (
            _working_days_later(limit, Interval(start, pause.end), calendar)
            if in_working_days
            else limit + (pause.end - start)
        )
    return limit


def _working_days_later(limit: datetime, pause: Interval, calendar: WorkingCalendar) -> datetime:
    days = calendar.working_days_between(london_day(pause.start), london_day(pause.end))
    if not days:
        return limit
    local = limit.astimezone(LONDON)
    day = calendar.add_working_days(local.date(), days)
    return datetime.combine(day, local.time(), tzinfo=LONDON).astimezone(limit.tzinfo)
