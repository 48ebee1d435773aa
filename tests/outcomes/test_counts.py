"""What a count cell may hold."""

from datetime import date, time
from typing import Any

import pytest

from services.outcomes.feeds.counts import read_count
from shared.workbooks.sheets import Fault, Money, Percentage


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        (0, 0),
        ("0", 0),
        ("12", 12),
        (" 12 ", 12),
        ("12.0", 12),
        (12.0, 12),
        ("1,234", 1234),
        ("1,234,567", 1_234_567),
        ("007", 7),
        ("0" * 5_000, 0),
        (2_147_483_647, 2_147_483_647),
        (0.07 * 100, 7),
        (28.999999999999996, 29),
        ("28.999999999999996", 29),
        (0.1 + 0.2 - 0.3, 0),
        (1_000_000 * 1.1 * 10, 11_000_000),
    ],
)
def test_a_whole_number_is_read_however_a_spreadsheet_writes_it(value: Any, count: int | None) -> None:
    assert read_count(value) == count


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("<5", "number.suppressed"),
        ("< 5", "number.suppressed"),
        ("*", "number.suppressed"),
        ("1-4", "number.suppressed"),
        ("less than 5", "number.suppressed"),
        ("12.5", "number.integer_required"),
        (12.5, "number.integer_required"),
        (".5", "number.integer_required"),
        ("-3", "number.range"),
        (-3, "number.range"),
        ("−3", "number.range"),
        (2_147_483_648, "number.range"),
        ("99999999999", "number.range"),
        ("9" * 20, "number.range"),
        ("9" * 5_000, "number.range"),
        (float("nan"), "number.not_finite"),
        (float("inf"), "number.not_finite"),
        ("nan", "number.format"),
        ("1e3", "number.format"),
        ("12a", "number.format"),
        ("1,23", "number.format"),
        ("1 234", "number.format"),
        ("１２", "number.format"),
        ("=1+1", "number.format"),
        (True, "number.type"),
        (Percentage(1), "number.type"),
        (Percentage(0.45), "number.type"),
        ("45%", "number.type"),
        (Money(12), "number.type"),
        ("£1,200", "number.type"),
        (12.000001, "number.integer_required"),
        ("12.000001", "number.integer_required"),
        (date(2020, 1, 1), "number.type"),
        (time(12), "number.type"),
    ],
)
def test_anything_else_is_refused_with_the_code_that_says_why(value: Any, code: str) -> None:
    found = read_count(value)
    assert isinstance(found, Fault)
    assert found.code == code


MARKS = [
    "[c]",
    "[C]",
    "c",
    "[low]",
    "low",
    "..",
    "*",
    "†",
    "<5",
    "<=4",
    "≤4",
    "<8",
    "1-4",
    "1 to 4",
    "under 5",
    "supp",
]
BLANKS = ["[x]", "[z]", "x", "Z", "n/a", "N/A", "-", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}"]
NEITHER = ["[u]", "12 [r]", ":", "NULL", "0*", "~", "?", "\N{HORIZONTAL ELLIPSIS}", "#", "12 (est.)"]


def test_suppression_is_told_apart_from_absence_and_neither_is_a_number() -> None:
    """Marks as statistics carry them: hidden, not there, and those that say neither."""
    found = {mark: read_count(mark) for mark in [*MARKS, *BLANKS, *NEITHER]}
    assert {mark for mark, one in found.items() if one is None} == set(BLANKS)
    told = {mark: one.code for mark, one in found.items() if isinstance(one, Fault)}
    assert told == dict.fromkeys(MARKS, "number.suppressed") | dict.fromkeys(NEITHER, "number.format")


def test_a_suppressed_figure_is_answered_with_what_to_send_instead() -> None:
    found = read_count("<5")
    assert isinstance(found, Fault)
    assert "Send the true count" in found.detail
