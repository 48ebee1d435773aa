"""From a file's bytes to its figures: which reader, which form, and everything that is wrong, in one pass."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.outcomes.feeds.declarations import Declarations, Feed
from services.outcomes.feeds.exchange import Form, Question
from services.outcomes.feeds.long_form import read_long_form
from services.outcomes.feeds.long_header import Peeked, peek
from services.outcomes.feeds.periods import EARLIEST
from services.outcomes.feeds.places import OUT_OF_SCOPE, Gazetteer
from services.outcomes.feeds.printed import read_printed
from services.outcomes.feeds.printed_blocks import MOST_PRINTED_ROWS, Words, find_blocks
from services.outcomes.feeds.printed_table import PrintedTable
from services.outcomes.feeds.privacy import forget_people
from services.outcomes.feeds.reading import Reading, place_of
from services.outcomes.feeds.reconciliation import reconcile
from services.outcomes.feeds.showing import Watched, rows_shown
from services.outcomes.feeds.text_readers import read_csv, read_json
from shared.months import Month
from shared.registry.entries import Council
from shared.registry.registry import Registry
from shared.workbooks.findings import FileRefusedError, Findings
from shared.workbooks.privacy import look_through, refuse_people
from shared.workbooks.reader import read_xlsx
from shared.workbooks.sheets import (
    Row,
    Sheet,
    column_letters,
    first_filled,
    without_margin,
)

_ZIP: Final = b"PK"
_OLE: Final = bytes.fromhex("d0cf11e0")
_UNREADABLE: Final[dict[Form, str]] = {
    "csv": "file.csv_syntax",
    "xlsx": "file.zip_invalid",
    "json": "body.json",
}
_UNREADABLE_TOLD: Final = (
    "The file cannot be read, and its reader cannot say where it is wrong. Open it in a spreadsheet, save it as CSV "
    "UTF-8 and send that."
)


def read_file(content: bytes, question: Question, declarations: Declarations, registry: Registry) -> Reading:
    """Everything a file says and everything that is wrong with it; never raises for what a file holds.

    A file with errors is to be refused whole, whatever figures were read beside them.
    """
    reading = Reading()
    names: list[str | None] = []
    watched: list[Watched] = []
    feed, council = declarations.feeds[question.feed], registry.council(question.council)
    try:
        opened = _sheets(content, question.form, reading.findings)
        if question.shown:
            watched += map(Watched.of, opened)
            opened = [one.sheet for one in watched]
        sheets = [peek(sheet) for sheet in opened]
        filled = [one for one in sheets if one.header or one.titles]
        names += [one.sheet.name for one in filled]
        if not filled:
            raise FileRefusedError("file.no_rows", "The file holds no rows.")
        if council is None or council.kind not in feed.suppliers:
            raise FileRefusedError(
                "row.out_of_scope",
                f"The {feed.feed} feed is sent by {' and '.join(feed.suppliers)} councils.",
            )
        gazetteer = Gazetteer(registry, feed, question.council)
        if long := [one for one in filled if one.header]:
            others = _others_than(long, filled, gazetteer, question, declarations, reading.findings)
            refuse_people(long[0].sheet, long[0].first, reading.findings)
            read_long_form(long[0], gazetteer, reading, asked=question.asked, latest=question.received_in)
            _tell_bad_cells([long[0].sheet, *others], reading.findings)
        else:
            _read_printed([one.sheet for one in filled], gazetteer, reading, question, declarations)
        _check_period(council, reading, question.received_in)
        blank = all(figure.count is None for figure in reading.figures)
        # Blanks of nothing but a shared table withdraw what it stated; other blanks are an empty template.
        withdraws = reading.figures and all(one.table in feed.shared_tables for one in reading.figures)
        if not reading.findings.errors_total and blank and not withdraws:
            raise FileRefusedError("file.no_rows", "The file holds no figures.")
    except FileRefusedError as refusal:
        reading.findings.add(refusal.finding)
    except MemoryError:
        raise
    except Exception as wrong:  # noqa: BLE001 - whatever the bytes of a stranger raise is their file's fault
        reading.fault = place_of(wrong)
        reading.findings.refuse(_UNREADABLE[question.form], _UNREADABLE_TOLD)
    if reading.fault is None:
        reading.rows = rows_shown(watched)
    forget_people(reading, names)
    return reading


def _sheets(content: bytes, form: Form, findings: Findings) -> list[Sheet]:
    if not content.strip():
        raise FileRefusedError("file.empty", "The file is empty.")
    packed = content.startswith((_ZIP, _OLE))
    if form == "xlsx":
        if not packed:
            raise FileRefusedError("file.type", "This is not an XLSX workbook, although it was sent as one.")
        return read_xlsx(content, findings)
    if packed:
        raise FileRefusedError(
            "file.type",
            f"This is a workbook, although it was sent as {form.upper()}. Send it with its own content type.",
        )
    return read_csv(content) if form == "csv" else read_json(content)


def _others_than(
    long: Sequence[Peeked],
    filled: Sequence[Peeked],
    gazetteer: Gazetteer,
    question: Question,
    declarations: Declarations,
    findings: Findings,
) -> list[Sheet]:
    """The sheets beside the long form (a cover, notes): looked at, named in warnings, and free of other tables.

    Raises FileRefusedError (file.sheet_ambiguous) where another sheet holds figures too.
    """
    others = [_as_printed(one.sheet, findings) for one in filled if one.header is None]
    tops = [replace(sheet, rows=list(sheet.rows)[:MOST_PRINTED_ROWS]) for sheet in others]
    second = long[1].sheet.name if len(long) > 1 else None
    for layout in declarations.layouts_of(question.feed, question.council):
        for block in find_blocks(tops, Words.of(layout, gazetteer)):
            second = block.sheet.name
    if second is not None:
        raise FileRefusedError(
            "file.sheet_ambiguous",
            f"Two sheets hold figures, “{long[0].sheet.name}” and “{second}”. Keep the one that counts.",
            sheet=second,
        )
    for sheet in others:
        findings.warn(
            "file.sheet_missing", "No table was found on this sheet; it was left aside.", sheet=sheet.name
        )
    return others


def _read_printed(
    sheets: Sequence[Sheet],
    gazetteer: Gazetteer,
    reading: Reading,
    question: Question,
    declarations: Declarations,
) -> None:
    """The tables of the first of the council's layouts that finds any, with their sums."""
    kept = [_as_printed(sheet, reading.findings) for sheet in sheets]
    for layout in declarations.layouts_of(question.feed, question.council):
        words = Words.of(layout, gazetteer)
        tables = read_printed(kept, words, gazetteer, reading, asked=question.asked)
        for table in tables:
            reconcile(table, reading)
        if tables:
            _tell_what_is_odd(tables, kept, gazetteer, reading.findings)
            _tell_bad_cells(kept, reading.findings)
            return
    first, _ = first_filled(kept[0])
    raise FileRefusedError(
        "file.header",
        _printed_elsewhere(kept, gazetteer, question, declarations)
        or _unrecognised(gazetteer.feed, question, declarations),
        **(kept[0].at(first) if first else {}),
    )


def _printed_elsewhere(
    sheets: Sequence[Sheet], gazetteer: Gazetteer, question: Question, declarations: Declarations
) -> str | None:
    """That the table is one that other councils print, if it is: a layout is read for its own councils only."""
    for layout in declarations.layouts:
        others = layout.feed == question.feed and question.council not in layout.councils
        if others and find_blocks(sheets, Words.of(layout, gazetteer)):
            return (
                f"This is the table of {', '.join(layout.councils)}; no printed table is declared for "
                f"{question.council}. Send the long form, {_long_form(gazetteer.feed)}, or have the operator declare your "
                "council's table (docs/feeds.md)."
            )
    return None


def _long_form(feed: Feed) -> str:
    return f"headed period, {'icc' if 'icc' in feed.places else 'place'}, category, count"


def _as_printed(sheet: Sheet, findings: Findings) -> Sheet:
    """The sheet without its margin, once every text in it was looked at."""
    rows = list(sheet.rows)
    look_through(sheet, rows, findings)
    return Sheet(without_margin(rows), sheet.name, explicit=sheet.explicit, bad_cells=sheet.bad_cells)


def _unrecognised(feed: Feed, question: Question, declarations: Declarations) -> str:
    headings = [
        heading.words[0]
        for layout in declarations.layouts_of(feed.feed, question.council)
        for heading in layout.tables.values()
    ]
    printed = f", or a table headed {' or '.join(f'“{word}”' for word in headings)}" if headings else ""
    return f"The table is not recognised. Send the long form, {_long_form(feed)}{printed}."


def _check_period(council: Council, reading: Reading, received_in: Month) -> None:
    """The council must have stood through the period, and the period must have begun."""
    period = reading.period
    if period is None:
        return
    if not (council.holds(period.first.first_day) and council.holds(period.last.last_day)):
        successors = (
            f" From then on {' and '.join(council.successors)} send it." if council.successors else ""
        )
        # That none of its communities is its own follows from it, and is not told column by column.
        reading.findings.withdraw(OUT_OF_SCOPE)
        reading.findings.refuse(
            OUT_OF_SCOPE, f"{council.name} did not stand through {period.label}.{successors}"
        )
    if period.first > received_in:
        reading.findings.refuse("date.future", f"{period.label} has not begun. Check the year.")
    if period.first < EARLIEST:
        reading.findings.refuse("date.implausible", f"{period.label} lies before 2000. Check the year.")


def _tell_what_is_odd(
    tables: Sequence[PrintedTable], sheets: Sequence[Sheet], gazetteer: Gazetteer, findings: Findings
) -> None:
    """Warn of each council but the sender that a title names, and of each sheet that holds no table."""
    for table in tables:
        # An old heading, or a file that another council sent.
        for name in gazetteer.other_councils_in(" ".join(table.block.titles)):
            findings.warn(
                "file.header",
                f"The title names {name}; the figures are taken as {gazetteer.council}'s.",
                **table.block.sheet.at(table.block.header),
            )
    used = {table.block.sheet.name for table in tables}
    for sheet in sheets:
        if sheet.name not in used:
            findings.warn(
                "file.sheet_missing", "No table was found on this sheet; it was left aside.", sheet=sheet.name
            )


def _tell_bad_cells(sheets: Sequence[Sheet], findings: Findings) -> None:
    """Refuse by its letters each broken cell that no column of the table covers; the readers told the others by header."""
    for sheet in sheets:
        told = {(one.code, one.row) for one in findings.errors if one.sheet == sheet.name}
        for (row, column), bad in sorted(sheet.bad_cells.items()):
            if (bad.code, row) not in told:
                where = sheet.at(Row(row, ()), column)
                findings.refuse(bad.code, bad.detail, column=column_letters(column), **where)
