"""The bands of people: each edge, and who has none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.facts.fairness import FAIRNESS, UNKNOWN, age_band, ethnic_group, sex_band

ON = date(2026, 6, 12)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2026, 6, 12), "0-4"),
        (date(2021, 6, 13), "0-4"),
        (date(2021, 6, 12), "5-17"),
        (date(2008, 6, 13), "5-17"),
        (date(2008, 6, 12), "18-24"),
        (date(2001, 6, 13), "18-24"),
        (date(2001, 6, 12), "25-64"),
        (date(1961, 6, 13), "25-64"),
        (date(1961, 6, 12), "65-74"),
        (date(1951, 6, 13), "65-74"),
        (date(1951, 6, 12), "75-84"),
        (date(1941, 6, 13), "75-84"),
        (date(1941, 6, 12), "85-and-over"),
        (date(1900, 1, 1), "85-and-over"),
    ],
)
def test_a_band_begins_on_the_birthday(born: date, band: str) -> None:
    assert age_band(born, ON) == band


def test_who_is_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    born = date(2008, 2, 29)
    assert [age_band(born, on) for on in (date(2026, 2, 28), date(2026, 3, 1))] == ["5-17", "18-24"]


@given(st.dates(max_value=ON))
def test_every_age_has_a_declared_band(born: date) -> None:
    assert age_band(born, ON) in FAIRNESS["age"]


def test_every_ethnic_category_belongs_to_its_group_and_what_is_not_stated_to_none() -> None:
    # Source: NHS Data Dictionary, ETHNIC CATEGORY.
    groups: dict[str | None, list[str | None]] = {
        "white": ["A", "B", "C"],
        "mixed": ["D", "E", "F", "G"],
        "asian": ["H", "J", "K", "L"],
        "black": ["M", "N", "P"],
        "other": ["R", "S"],
        None: ["Z", "99", None],
    }
    found = {group: [ethnic_group(one) for one in categories] for group, categories in groups.items()}
    assert found == {group: [group] * len(categories) for group, categories in groups.items()}
    assert {group for group in groups if group is not None} == set(FAIRNESS["ethnicity"]) - {UNKNOWN}


def test_a_gender_that_is_not_known_is_no_line_of_its_own() -> None:
    given = ["female", "male", "other", "unknown", None]
    assert [sex_band(one) for one in given] == ["female", "male", "other", None, None]
