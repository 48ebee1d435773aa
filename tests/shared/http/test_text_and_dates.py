"""Properties of what people write and of what systems send as times."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from shared.http.dates import EARLIEST, LATEST, parse_date, parse_instant
from shared.http.text import clean_line, clean_note

anything = st.text(st.characters(), max_size=40)


@given(anything)
def test_a_cleaned_text_is_composed_and_cleaning_it_again_changes_nothing(text: str) -> None:
    try:
        cleaned = clean_note(text)
    except PydanticCustomError:
        return
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean_note(cleaned) == cleaned


@given(anything)
def test_what_a_line_takes_a_note_takes_too(text: str) -> None:
    try:
        line = clean_line(text)
    except PydanticCustomError:
        return
    assert clean_note(text) == line


@pytest.mark.parametrize(
    "name", ["Zoë O’Neill-Smith", "王小明", "م‍حمد", "D'Arcy", "Ng", "می‌خواهم", "김\u3164민", "👩🏽‍⚕️"]
)
def test_names_of_the_world_are_kept(name: str) -> None:
    assert clean_line(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "text", ["\u3164", "\u2060\u180e", "\ufff9", " \u200d\u200c ", "\uffa0\u115f", "\u2800", "\ufe0f\u034f"]
)
def test_a_text_of_which_nothing_can_be_seen_is_blank(text: str) -> None:
    for clean in (clean_line, clean_note):
        with pytest.raises(PydanticCustomError) as caught:
            clean(text)
        assert caught.value.type == "text.blank"


@given(st.dates(min_value=EARLIEST, max_value=LATEST))
def test_every_date_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001 -- the offset is drawn beside it
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_every_instant_is_read_as_the_same_moment_in_utc(moment: datetime, offset: int) -> None:
    instant = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    read = parse_instant(instant.isoformat())
    assert read == instant
    assert read.tzinfo is UTC


@given(st.text(max_size=30))
def test_what_is_no_instant_has_a_code(text: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_instant(text)
    assert caught.value.type.startswith("date.")
