"""The days of a rule are those that another library finds, and a rule that never comes true ends all the same."""

from datetime import UTC, datetime

import pytest
from dateutil.rrule import rrulestr

from services.referrals.events.recurrence import RecurrenceRefused, expand
from shared.months import LONDON

FIRST = datetime(2026, 1, 6, 10, 30)  # noqa: DTZ001 -- as London's clocks show it; a Tuesday


def ours(rule: str, first: datetime = FIRST) -> list[datetime]:
    """What is found here, as London's clocks show it."""
    starts = expand(rule, first.replace(tzinfo=LONDON).astimezone(UTC)).starts
    return [one.astimezone(LONDON).replace(tzinfo=None) for one in starts]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=40",
        "FREQ=DAILY;INTERVAL=3;COUNT=40",
        "FREQ=DAILY;BYDAY=TU,TH,FR;COUNT=40",
        "FREQ=DAILY;UNTIL=20260201T103000Z",
        "FREQ=DAILY;UNTIL=20260201T102959Z",
        "FREQ=WEEKLY;COUNT=60",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=30",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=30",
        "FREQ=WEEKLY;BYMONTH=1,7;COUNT=20",
        "FREQ=MONTHLY;COUNT=30",
        "FREQ=MONTHLY;BYDAY=1TU;COUNT=30",
        "FREQ=MONTHLY;BYDAY=-1TU,1TU;COUNT=30",
        "FREQ=MONTHLY;BYMONTHDAY=6,-1;COUNT=30",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,4;COUNT=30",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=6;COUNT=9",
        "FREQ=YEARLY;COUNT=4",
        "FREQ=YEARLY;BYMONTH=1,6;COUNT=8",
        "FREQ=YEARLY;BYMONTH=1,6;BYDAY=1TU;COUNT=8",
        "FREQ=YEARLY;BYDAY=1TU,20MO;COUNT=8",
        "FREQ=YEARLY;BYMONTHDAY=6;COUNT=40",
    ],
)
def test_the_days_of_a_rule_are_those_that_another_library_finds(rule: str) -> None:
    plain = rule.replace("Z", "") if "UNTIL" in rule else rule
    assert ours(rule) == list(rrulestr(plain, dtstart=FIRST))


def test_a_month_without_the_day_is_left_out() -> None:
    days = ours("FREQ=MONTHLY;COUNT=5", FIRST.replace(day=31))
    assert [one.month for one in days] == [1, 3, 5, 7, 8]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=999999",
        "FREQ=WEEKLY;UNTIL=20200101",
    ],
)
def test_a_rule_that_never_comes_true_is_the_first_day_alone(rule: str) -> None:
    assert ours(rule) == [FIRST]


@pytest.mark.parametrize(
    ("rule", "count", "cut"),
    [
        ("FREQ=DAILY", 366, True),
        ("FREQ=DAILY;COUNT=366", 366, False),
        ("FREQ=DAILY;COUNT=367", 366, True),
        ("FREQ=YEARLY;COUNT=6", 6, False),
        ("FREQ=YEARLY;COUNT=7", 6, True),
        ("FREQ=WEEKLY;UNTIL=20260120", 3, False),
        ("FREQ=YEARLY;UNTIL=20990101", 6, True),
    ],
)
def test_what_is_left_out_is_said(rule: str, count: int, cut: bool) -> None:
    expanded = expand(rule, FIRST.replace(tzinfo=UTC))
    assert (len(expanded.starts), expanded.cut) == (count, cut)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "daily",
        "FREQ=HOURLY",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=٣",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=YEARLY;BYMONTH=-1",
        "FREQ=WEEKLY;WKST=XX",
        "FREQ=WEEKLY;BYDAY=" + "MO," * 200,
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(RecurrenceRefused):
        expand(rule, FIRST.replace(tzinfo=UTC))
