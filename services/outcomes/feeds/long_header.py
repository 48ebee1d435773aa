"""Where the long form begins: its header, on whichever sheet and under whichever title it stands, and its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from services.outcomes.feeds.declarations import Feed
from shared.months import Period
from shared.registry.names import fold, nearest
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.identifiers import check_text
from shared.workbooks.sheets import Row, Sheet, column_letters

MOST_TITLES: Final = 50
"""Rows above a header: a title, notes, the filters of a reporting tool."""

PLACE_COLUMNS: Final = ("icc", "practice", "place")
_NEEDED: Final = ("period", "category", "count")
_COUNTED_BY: Final = {"icc": "community", "practice": "practice"}
_KNOWN: Final = {*_NEEDED, *PLACE_COLUMNS, "note"}
_SHAPE: Final = (
    "The long form is headed period, icc (or practice, or place), category, count and, if wanted, note."
)


@dataclass(frozen=True, slots=True)
class Peeked:
    """A sheet and what its first rows are.

    titles: the filled ones above the header.   header: None where none is found.   first: all rows looked at.
    """

    sheet: Sheet
    first: Sequence[Row]
    titles: Sequence[Row]
    header: Row | None


def peek(sheet: Sheet) -> Peeked:
    """Look for the long form's header in the first rows that hold something; every row is put back."""
    rows, seen = iter(sheet.rows), list[Row]()
    titles: list[Row] = []
    header: Row | None = None
    for row in rows:
        seen.append(row)
        if not row.filled():
            continue
        if looks_long(row):
            header = row
            break
        titles.append(row)
        if len(titles) == MOST_TITLES:
            break
    return Peeked(replace(sheet, rows=chain(seen, rows)), seen, titles, header)


def looks_long(header: Row) -> bool:
    """Whether a first row is the long form's: it names at least two of its needed columns."""
    names = {fold(header.text(index)) for index in header.filled()}
    return len(names & set(_NEEDED)) >= 2  # noqa: PLR2004 - one word alone may be a title


def long_columns(sheet: Sheet, header: Row, feed: Feed, asked: Period | None) -> dict[str, int]:
    """Where each column stands; the widest index also says how long a full row is."""
    columns: dict[str, int] = {}
    for index in header.filled():
        name, where = fold(header.text(index)), sheet.at(header, index)
        if found := check_text(header.raw(index)):
            raise FileRefusedError(found.code, found.detail, column=column_letters(index), **where)
        if name not in _KNOWN:
            near = nearest(name, sorted(_KNOWN))
            hint = f" The nearest is “{near}”." if near else ""
            raise FileRefusedError(
                "file.header_unknown",
                f"This column is not known.{hint} {_SHAPE}",
                column=column_letters(index),
                **where,
            )
        if name in columns:
            raise FileRefusedError("file.header_duplicate", "This column stands twice.", column=name, **where)
        columns[name] = index
    _check_columns(columns, sheet, header, feed, asked)
    return columns


def _check_columns(
    columns: Mapping[str, int], sheet: Sheet, header: Row, feed: Feed, asked: Period | None
) -> None:
    if "period" not in columns and asked is not None and len(asked.months) > 1:
        raise FileRefusedError(
            "file.header",
            f"The rows say no month, and {asked.label} has several. Add the column period (as "
            f"{asked.first}), or send each month for itself with ?period={asked.first}.",
            **sheet.at(header),
        )
    missing = [name for name in _NEEDED if name not in columns and not (name == "period" and asked)]
    places = [name for name in PLACE_COLUMNS if name in columns]
    if missing or len(places) != 1:
        raise FileRefusedError("file.header", f"{_lacking(missing, places)} {_SHAPE}", **sheet.at(header))
    if places[0] != "place" and places[0] not in feed.places:
        raise FileRefusedError(
            "file.header",
            f"The figures of this feed are not counted by {_COUNTED_BY[places[0]]}. "
            "Head the column place; the template shows what stands in it.",
            column=places[0],
            **sheet.at(header, columns[places[0]]),
        )


def _lacking(missing: Sequence[str], places: Sequence[str]) -> str:
    """Which columns a header does not have, or which of its columns say the same thing twice."""
    if len(places) > 1:
        return f"The columns {' and '.join(places)} all say where: keep one."
    names = [*missing, *([] if places else ["icc"])]
    told = f"The column {names[0]} is" if len(names) == 1 else f"The columns {', '.join(names)} are"
    month = ", or name the one month of all rows with ?period=2020-01" if "period" in missing else ""
    return f"{told} missing: add {'it' if len(names) == 1 else 'them'}{month}."
