"""Printed totals against what they total: whatever the table, one altered figure is caught and named."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.outcomes.builders import altered, codes, places, read
from tests.support.quarter import COMMUNITIES, as_csv, printed_table

MONTHS = ("January", "February", "March")
CATEGORIES = ("Community", "Community Bed", "Hospital", "Not Recorded")
TITLE = "Qtr 4 2019/2020 Route of Access"

counts = st.one_of(st.none(), st.integers(min_value=0, max_value=60))


@st.composite
def tables(draw: st.DrawFn) -> list[list[Any]]:
    """A printed table of up to three months and four categories, blanks included, whose totals add."""
    months = draw(st.lists(st.sampled_from(MONTHS), min_size=1, max_size=3, unique=True))
    figures = {
        month: {
            label: draw(st.lists(counts, min_size=len(COMMUNITIES), max_size=len(COMMUNITIES)))
            for label in draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=4, unique=True))
        }
        for month in months
    }
    assume(any(cell for rows in figures.values() for cells in rows.values() for cell in cells))
    return [list(cells) for cells in printed_table(figures, title=TITLE)]


@given(tables())
@settings(max_examples=60, deadline=None)
def test_a_table_whose_totals_add_is_accepted(table: list[list[Any]]) -> None:
    reading = read(as_csv(table))
    assert codes(reading) == []
    assert reading.totals["routes"].stated == reading.totals["routes"].computed == table[-1][-1]


@given(tables(), st.data())
@settings(max_examples=120, deadline=None)
def test_any_single_altered_figure_is_caught_and_is_one_error(
    table: list[list[Any]], data: st.DataObject
) -> None:
    row = data.draw(st.integers(min_value=2, max_value=len(table)))
    column = data.draw(st.integers(min_value=1, max_value=len(table[0]) - 1))
    before = table[row - 1][column] or 0
    to = data.draw(st.integers(min_value=0, max_value=99).filter(lambda number: number != before))
    reading = read(as_csv(altered(table, row=row, column=column, to=to)))
    code = "file.totals_mismatch" if row == len(table) else "row.totals_mismatch"
    assert places(reading) == [(code, row, table[0][column])]
    assert f"With {before} instead of" in reading.findings.errors[0].detail
    assert not reading.totals["routes"].reconciled
