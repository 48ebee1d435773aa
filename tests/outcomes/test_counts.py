"""What a count cell may hold."""

from datetime import date, time
from typing import Any

import pytest

from services.outcomes.feeds.sheets import Fault, read_count


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
        ("-", "number.format"),
        ("1,23", "number.format"),
        ("1 234", "number.format"),
        ("１２", "number.format"),
        ("=1+1", "number.format"),
        (True, "number.type"),
        (date(2020, 1, 1), "number.type"),
        (time(12), "number.type"),
    ],
)
def test_anything_else_is_refused_with_the_code_that_says_why(value: Any, code: str) -> None:
    found = read_count(value)
    assert isinstance(found, Fault)
    assert found.code == code


def test_a_suppressed_figure_is_answered_with_what_to_send_instead() -> None:
    found = read_count("<5")
    assert isinstance(found, Fault)
    assert "Send the true count" in found.detail
