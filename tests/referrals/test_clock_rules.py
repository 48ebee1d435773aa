"""How pauses move limits: the rule, over England's calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.clocks.rules import Interval, moved, united
from shared.calendar import england
from shared.months import london_day
from tests.referrals.moments import london

# Friday 28 August 2026 is the last working day before the summer bank holiday of Monday 31 August.
# began, limit, pauses, limit after them
IN_DAYS = [
    ("2026-06-12", "2026-06-16", [], "2026-06-16"),
    ("2026-06-12", "2026-06-16", [("2026-06-12 10:30", "2026-06-12 15:00")], "2026-06-16"),  # the same day
    ("2026-06-12", "2026-06-16", [("2026-06-12 10:30", "2026-06-15 09:00")], "2026-06-17"),
    ("2026-06-12", "2026-06-16", [("2026-06-12 10:30", "2026-06-14 09:00")], "2026-06-16"),  # over a weekend
    ("2026-08-26", "2026-08-28", [("2026-08-27 09:00", "2026-08-28 09:00")], "2026-09-01"),  # bank holiday
    (
        "2026-06-12",
        "2026-06-16",
        [("2026-06-12 10:30", "2026-06-16 09:00"), ("2026-06-15 09:00", "2026-06-16 12:00")],
        "2026-06-18",  # two reasons at once stop the clock once
    ),
    ("2026-06-12", "2026-06-16", [("2026-06-17 09:00", "2026-06-19 09:00")], "2026-06-16"),  # it had run out
    ("2026-06-12", "2026-06-16", [("2026-06-01 09:00", "2026-06-09 09:00")], "2026-06-16"),  # another clock's
    (
        "2026-10-22",
        "2026-10-23",
        [("2026-10-22 12:00", "2026-10-26 12:00")],
        "2026-10-27",
    ),  # summer time ends
]


def _interval(start: str, end: str) -> Interval:
    return Interval(london(*start.split()), london(*end.split()))


@pytest.mark.parametrize(("began", "limit", "pauses", "after"), IN_DAYS)
def test_a_limit_in_working_days_moves_by_those_that_the_pauses_reached_into(
    began: str, limit: str, pauses: list[tuple[str, str]], after: str
) -> None:
    result = moved(
        london(limit, "17:00").astimezone(UTC),
        since=london(began),
        pauses=[_interval(*one) for one in pauses],
        in_working_days=True,
        calendar=england(),
    )
    assert result == london(after, "17:00")
    assert result.tzinfo is UTC


def test_a_limit_in_minutes_moves_by_the_time_that_the_clock_stood_still() -> None:
    began = datetime(2026, 6, 13, 22, tzinfo=UTC)
    pause = Interval(began + timedelta(minutes=10), began + timedelta(minutes=50))
    limit = began + timedelta(minutes=30)
    result = moved(limit, since=began, pauses=[pause], in_working_days=False, calendar=england())
    assert result == began + timedelta(minutes=70)


_MINUTES = st.integers(0, 60 * 24 * 30)
_START = datetime(2026, 5, 1, 9, tzinfo=UTC)
_PAUSES = st.lists(st.tuples(_MINUTES, _MINUTES).map(sorted), max_size=4).map(
    lambda pairs: [Interval(_START + timedelta(minutes=a), _START + timedelta(minutes=b)) for a, b in pairs]
)


@given(pauses=_PAUSES, in_days=st.booleans())
def test_a_pause_never_brings_a_limit_forward_and_its_parts_do_what_the_whole_does(
    pauses: list[Interval], in_days: bool
) -> None:
    def after(some: list[Interval]) -> datetime:
        limit = london("2026-05-05", "17:00").astimezone(UTC)
        return moved(limit, since=_START, pauses=some, in_working_days=in_days, calendar=england())

    assert after(pauses) >= london("2026-05-05", "17:00")
    assert after(pauses) == after(list(united(pauses)))
    assert not in_days or england().is_working_day(london_day(after(pauses)))
