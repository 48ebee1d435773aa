"""From a file's bytes to its figures: which reader, which form, and everything that is wrong, in one pass."""

from collections.abc import Sequence
from typing import Final

from services.outcomes.feeds.csv_reader import read_csv
from services.outcomes.feeds.declarations import Declarations, Feed
from services.outcomes.feeds.figures import Figure, Reading
from services.outcomes.feeds.findings import FileRefusedError, Finding, Findings
from services.outcomes.feeds.json_reader import read_json
from services.outcomes.feeds.long_form import first_filled, looks_long, read_long_form
from services.outcomes.feeds.notes import check_text
from services.outcomes.feeds.periods import EARLIEST
from services.outcomes.feeds.places import Gazetteer
from services.outcomes.feeds.printed import PrintedTable, read_printed
from services.outcomes.feeds.printed_blocks import Words, find_blocks
from services.outcomes.feeds.printed_sums import reconcile
from services.outcomes.feeds.question import Form, Question
from services.outcomes.feeds.sheets import Sheet, column_letters, without_margin
from services.outcomes.feeds.xlsx_reader import read_xlsx
from shared.registry.registry import Registry

_ZIP: Final = b"PK"
_OLE: Final = bytes.fromhex("d0cf11e0")


def read_file(content: bytes, question: Question, declarations: Declarations, registry: Registry) -> Reading:
    """Everything a file says and everything that is wrong with it; never raises for what a file holds.

    A file with errors is to be refused whole, whatever figures were read beside them.
    """
    reading = Reading()
    feed = declarations.feeds[question.feed]
    try:
        sheets = [
            sheet
            for sheet in map(_peek, _sheets(content, question.form, reading.findings))
            if sheet is not None
        ]
        if not sheets:
            raise FileRefusedError("file.no_rows", "The file holds no rows.")
        gazetteer = Gazetteer(registry, feed, question.council)
        _check_council(registry, feed, question)
        _read_sheets(sheets, gazetteer, reading, question, declarations)
        _check_period(registry, reading, question)
        if not reading.findings.errors_total and _says_nothing(reading.figures, feed):
            raise FileRefusedError("file.no_rows", "The file holds no figures.")
    except FileRefusedError as refusal:
        _add(reading.findings, refusal.finding)
    return reading


def _says_nothing(figures: Sequence[Figure], feed: Feed) -> bool:
    """Whether all counts are blank: an empty template. Blanks of nothing but a shared table withdraw what it stated."""
    blank = all(figure.count is None for figure in figures)
    withdraws = bool(figures) and all(figure.table in feed.shared_tables for figure in figures)
    return blank and not withdraws


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


def _peek(sheet: Sheet) -> Sheet | None:
    row, whole = first_filled(sheet)
    return whole if row is not None else None


def _read_sheets(
    sheets: Sequence[Sheet],
    gazetteer: Gazetteer,
    reading: Reading,
    question: Question,
    declarations: Declarations,
) -> None:
    """The long form where the one sheet's first row is headed so, else the council's printed layout."""
    first, whole = first_filled(sheets[0])
    if first is not None and looks_long(first):
        if len(sheets) > 1:
            raise FileRefusedError(
                "file.sheet_ambiguous", "The long form stands on one sheet. Delete the others."
            )
        read_long_form(whole, gazetteer, reading, asked=question.asked, latest=question.received_in)
        _tell_bad_cells([whole], reading.findings)
        return
    kept = [_as_printed(sheet, reading.findings) for sheet in (whole, *sheets[1:])]
    for layout in declarations.layouts_of(question.feed, question.council):
        tables = read_printed(
            kept, Words.of(layout, gazetteer.feed.by_table), gazetteer, reading, asked=question.asked
        )
        for table in tables:
            reconcile(table, reading)
        if tables:
            _tell_other_councils(tables, gazetteer, reading.findings)
            _tell_sheets_aside(kept, {table.block.sheet.name for table in tables}, reading.findings)
            _tell_bad_cells(kept, reading.findings)
            return
    raise FileRefusedError(
        "file.header",
        _printed_elsewhere(kept, gazetteer.feed, question, declarations)
        or _unrecognised(gazetteer.feed, question, declarations),
        row=first.number if first else None,
    )


def _printed_elsewhere(
    sheets: Sequence[Sheet], feed: Feed, question: Question, declarations: Declarations
) -> str | None:
    """That the table is one that other councils print, if it is: a layout is read for its own councils only."""
    for layout in declarations.layouts:
        others = layout.feed == feed.feed and question.council not in layout.councils
        if others and find_blocks(sheets, Words.of(layout, feed.by_table)):
            return (
                f"This is the table of {', '.join(layout.councils)}; no printed table is declared for "
                f"{question.council}. Send the long form, {_long_form(feed)}, or have the operator declare your "
                "council's table (docs/feeds.md)."
            )
    return None


def _long_form(feed: Feed) -> str:
    return f"headed period, {'icc' if 'icc' in feed.places else 'place'}, category, count"


def _as_printed(sheet: Sheet, findings: Findings) -> Sheet:
    """The sheet without its margin, once every text in it was looked at."""
    rows = list(sheet.rows)
    if sheet.name is not None and (found := check_text(sheet.name)):
        findings.refuse(found.code, found.detail, sheet=sheet.name)
    for row in rows:
        for index in row.filled():
            if found := check_text(row.text(index)):
                findings.refuse(
                    found.code, found.detail, row=row.number, column=column_letters(index), sheet=sheet.name
                )
    return Sheet(without_margin(rows), sheet.name, explicit=sheet.explicit, bad_cells=sheet.bad_cells)


def _unrecognised(feed: Feed, question: Question, declarations: Declarations) -> str:
    headings = [
        heading.words[0]
        for layout in declarations.layouts_of(feed.feed, question.council)
        for heading in layout.tables.values()
    ]
    printed = f", or a table headed {' or '.join(f'“{word}”' for word in headings)}" if headings else ""
    return f"The table is not recognised. Send the long form, {_long_form(feed)}{printed}."


def _check_council(registry: Registry, feed: Feed, question: Question) -> None:
    council = registry.council(question.council)
    if council is None or council.kind not in feed.suppliers:
        raise FileRefusedError(
            "row.out_of_scope", f"The {feed.feed} feed is sent by {' and '.join(feed.suppliers)} councils."
        )


def _check_period(registry: Registry, reading: Reading, question: Question) -> None:
    """The council must have stood through the period, and the period must have begun."""
    council, period = registry.council(question.council), reading.period
    if council is None or period is None:
        return
    if not (council.holds(period.first.first_day) and council.holds(period.last.last_day)):
        successors = (
            f" From then on {' and '.join(council.successors)} send it." if council.successors else ""
        )
        reading.findings.refuse(
            "row.out_of_scope", f"{council.name} did not stand through {period.label}.{successors}"
        )
    if period.first > question.received_in:
        reading.findings.refuse("date.future", f"{period.label} has not begun. Check the year.")
    if period.first < EARLIEST:
        reading.findings.refuse("date.implausible", f"{period.label} lies before 2000. Check the year.")


def _tell_other_councils(tables: Sequence[PrintedTable], gazetteer: Gazetteer, findings: Findings) -> None:
    """Warn of each council but the sender that a title names: an old heading, or a file sent by somebody else."""
    for table in tables:
        for name in gazetteer.other_councils_in(" ".join(table.block.titles)):
            findings.warn(
                "file.header",
                f"The title names {name}; the figures are taken as {gazetteer.council}'s.",
                row=table.block.header.number,
                sheet=table.block.sheet.name,
            )


def _tell_sheets_aside(sheets: Sequence[Sheet], used: set[str | None], findings: Findings) -> None:
    for sheet in sheets:
        if sheet.name not in used:
            findings.warn(
                "file.sheet_missing", "No table was found on this sheet; it was left aside.", sheet=sheet.name
            )


def _tell_bad_cells(sheets: Sequence[Sheet], findings: Findings) -> None:
    """Broken cells that no column of the table covers are told by their letters; the others were told by header."""
    for sheet in sheets:
        told = {(one.code, one.row) for one in findings.errors if one.sheet == sheet.name}
        for (row, column), bad in sorted(sheet.bad_cells.items()):
            if (bad.code, row) not in told:
                findings.refuse(
                    bad.code, bad.detail, row=row, column=column_letters(column), sheet=sheet.name
                )


def _add(findings: Findings, finding: Finding) -> None:
    findings.refuse(finding.code, finding.detail, row=finding.row, column=finding.column, sheet=finding.sheet)
