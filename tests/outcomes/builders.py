"""Files a council may send, and what the reader makes of them."""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import xlsxwriter

from services.outcomes.feeds.declarations import Declarations, Layout, load_declarations
from services.outcomes.feeds.exchange import Form, Question
from services.outcomes.feeds.parsing import read_file
from services.outcomes.feeds.reading import Reading
from shared.months import Month, parse_period
from shared.registry import Registry, load_registry
from tests.support.quarter import ROUTES, Table, as_csv, routes_table

RECEIVED_IN = Month(2026, 6)
Cells = Sequence[Sequence[Any]]


@cache
def registry() -> Registry:
    """The registry that ships with the platform."""
    return load_registry()


@cache
def declarations() -> Declarations:
    """The feeds and layouts that ship with the platform."""
    return load_declarations()


def with_layout(document: Mapping[str, Any]) -> Declarations:
    """The shipped feeds with one layout of an installation's own."""
    return Declarations(list(declarations().feeds.values()), [Layout.model_validate(document)])


def read(
    content: bytes,
    *,
    form: Form = "csv",
    council: str = "cumbria",
    period: str | None = None,
    feed: str = "reablement",
    known: Declarations | None = None,
) -> Reading:
    """What a file yields. Its reader knew what to say: nothing was raised that it did not expect."""
    asked = parse_period(period) if period else None
    question = Question(feed, council, form, asked, RECEIVED_IN)
    reading = read_file(content, question, known or declarations(), registry())
    assert reading.fault is None
    return reading


def codes(reading: Reading) -> list[str]:
    """The codes of a file's errors, in order."""
    return [finding.code for finding in reading.findings.errors]


def places(reading: Reading) -> list[tuple[str, int | None, str | None]]:
    """Code, row and column of a file's errors, in order."""
    return [(finding.code, finding.row, finding.column) for finding in reading.findings.errors]


def altered(table: Table, *, row: int, column: int, to: Any) -> Table:
    """The table with one cell changed. row: as the sheet shows it, 1-based.   column: 0-based, 0 is the label."""
    changed = [list(cells) for cells in table]
    changed[row - 1][column] = to
    return changed


def routes_csv(*, row: int, column: int, to: Any) -> bytes:
    """The council's table of routes with one cell changed, as CSV."""
    return as_csv(altered(routes_table(), row=row, column=column, to=to))


def corrected() -> bytes:
    """The routes with one assessment more in Kendal in January, and totals that say so."""
    january = {**ROUTES["January"], "Community": (46, 5, 24, 10, 20, 16)}
    return as_csv(routes_table({**ROUTES, "January": january}))


ROUTES_CSV = as_csv(routes_table())
WRONG = routes_csv(row=3, column=1, to=47)


def long_csv(*rows: str, header: str = "period,icc,category,count") -> bytes:
    """A long form."""
    return "\n".join([header, *rows, ""]).encode()


def workbook(
    sheets: Mapping[str, Cells], *, hidden: str | None = None, hidden_row: int | None = None
) -> bytes:
    """A workbook with these sheets; the named one hidden, or a row (0-based) of the first."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for number, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for at, cells in enumerate(rows):
                sheet.write_row(at, 0, cells)
            if name == hidden:
                sheet.hide()
            if hidden_row is not None and number == 0:
                sheet.set_row(hidden_row, None, None, {"hidden": True})
    return out.getvalue()


def heavy_json() -> bytes:
    """A list whose texts take more memory, once they are read, than a reader may have."""
    return b'{"rows": [' + '"€",'.encode() * 5_500_000 + b'""]}'
