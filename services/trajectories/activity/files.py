"""The rows of a file as texts with their numbers, read while they arrive: CSV, JSON lines, and the first sheet of a workbook."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import IO, Any, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from services.trajectories.activity.exchange import Form
from services.trajectories.activity.rules.kinds import COLUMNS, Refusal, kind_of

MOST_SHEET_ROWS: Final = 100_000
_LONGEST_CELL: Final = 32_767
_DAMAGED: Final = "The workbook cannot be read. Save it again as XLSX."
_LONGEST_LINE: Final = 65_536
Row = tuple[int, list[str]]


class BrokenFileError(Exception):
    """The file cannot be read on: the code, how to mend it, and the row where known."""

    def __init__(self, code: str, detail: str, row: int | None = None) -> None:
        super().__init__(code)
        self.code, self.detail, self.row = code, detail, row


def rows_of(stream: IO[bytes], form: Form) -> Iterator[Row]:
    """The rows of a file, the header first, each with its number as a sheet shows it; blank rows are passed over.

    Of JSON lines the header is made of the members. Raises BrokenFileError.
    """
    match _looked_at(stream) if form == "any" else form:
        case "xlsx":
            return _sheet(stream)
        case "ndjson":
            return _json_lines(stream)
        case _:
            return _csv(stream)


def _looked_at(stream: IO[bytes]) -> Form:
    """What a file is, as its first bytes look."""
    start = stream.peek(2) if isinstance(stream, io.BufferedReader) else b""
    return "xlsx" if start.startswith(b"PK") else "ndjson" if start.lstrip().startswith(b"{") else "csv"


def _csv(stream: IO[bytes]) -> Iterator[Row]:
    number = 0
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                _refuse_other_separator(cells)
            if cells and (len(cells) > 1 or cells[0].strip()):
                yield number, cells
    except UnicodeDecodeError:
        detail = "The file is not UTF-8. In Excel choose “CSV UTF-8” when saving."
        raise BrokenFileError("file.encoding", detail, number + 1) from None
    except csv.Error:
        detail = "A quotation mark is not closed, text follows a closing one, or a cell is too long."
        raise BrokenFileError("file.csv_syntax", detail, number + 1) from None
    finally:
        text.detach()  # or the stream would be closed with it


def _refuse_other_separator(header: list[str]) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise BrokenFileError("file.csv_syntax", "Separate the columns by commas.", 1)


def _json_lines(stream: IO[bytes]) -> Iterator[Row]:
    """One object a line. The columns are those of the first line's kind, where a line may leave out what may be left out."""
    columns: list[str] = []
    for number, raw in enumerate(iter(lambda: stream.readline(_LONGEST_LINE + 1), b""), start=1):
        if len(raw) > _LONGEST_LINE:
            raise BrokenFileError("row.too_long", "A line has at most 64 KiB.", number)
        if not raw.strip():
            continue
        record = _object(raw, number)
        if not columns:
            columns = _columns(record)
            yield number, columns
        yield number, _cells(record, columns, number)


def _columns(record: dict[str, Any]) -> list[str]:
    """The first line's own members, and of records those that a later line may have."""
    names = list(record)
    kind = kind_of(names)
    required, optional = COLUMNS[kind]
    return (
        names
        if kind == "counts"
        else [*required, *optional, *(name for name in names if name not in (*required, *optional))]
    )


def _object(raw: bytes, number: int) -> dict[str, Any]:
    try:
        record = json.loads(raw, object_pairs_hook=_each_once)
    except UnicodeDecodeError:
        raise BrokenFileError("body.encoding", "The lines are not UTF-8.", number) from None
    except Refusal as refusal:
        raise BrokenFileError(refusal.code, refusal.detail, number) from None
    except (ValueError, RecursionError):
        raise BrokenFileError("body.json", "Each line is one JSON object.", number) from None
    if not isinstance(record, dict):
        raise BrokenFileError("body.type", "Each line is one JSON object.", number)
    return record


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refusal("body.duplicate_key", "A member stands twice in one line.")
    return found


def _cells(record: dict[str, Any], columns: list[str], number: int) -> list[str]:
    if not record.keys() <= set(columns):
        detail = f"Known members are {', '.join(columns)}; those of the first line hold for all."
        raise BrokenFileError("body.unknown_field", detail, number)
    return [_text(record.get(name)) for name in columns]


def _text(value: Any) -> str:
    """A value as a cell has it. What no cell can hold becomes a text that every reading refuses."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 -- beyond it floats skip numbers
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def _sheet(stream: IO[bytes]) -> Iterator[Row]:
    """The one visible sheet with something in it. Whatever a stranger's bytes raise in the reader is their file's fault."""
    try:
        yield from _sheet_rows(stream.read())
    except (BrokenFileError, GeneratorExit, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 -- the reader's panics are no Exception
        raise BrokenFileError("file.zip_invalid", _DAMAGED) from None


def _sheet_rows(content: bytes) -> Iterator[Row]:
    if not content.startswith(b"PK"):
        raise BrokenFileError("file.type", "This is no XLSX workbook.")
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        filled = [
            (one.visible, sheet) for one in workbook.sheets_metadata if (sheet := _filled(workbook, one))
        ]
    except (CalamineError, ValueError, OSError):
        raise BrokenFileError("file.zip_invalid", _DAMAGED) from None
    if any(visible != SheetVisibleEnum.Visible for visible, _ in filled):
        detail = "A hidden sheet holds something. Show it or delete it, then send the workbook again."
        raise BrokenFileError("file.hidden_content", detail)
    if len(filled) > 1:
        raise BrokenFileError(
            "file.sheet_ambiguous", "Several sheets hold something: send the one with the rows."
        )
    for _, sheet in filled:
        if sheet.height > MOST_SHEET_ROWS + 1:
            raise BrokenFileError(
                "file.too_many_rows", f"A workbook has at most {MOST_SHEET_ROWS} rows; send CSV."
            )
        first = sheet.start[0] if sheet.start else 0
        yield from _numbered(sheet.to_python(skip_empty_area=True), first + 1)


def _filled(workbook: CalamineWorkbook, one: SheetMetadata) -> CalamineSheet | None:
    """A sheet with something in it; None for an empty one, and for a chart."""
    if one.typ != SheetTypeEnum.WorkSheet:
        return None
    sheet = workbook.get_sheet_by_name(one.name)
    return sheet if sheet.height else None


def _numbered(rows: Iterable[list[Any]], first: int) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=first):
        texts = [_text(cell) for cell in cells]
        if any(text.strip() for text in texts):
            yield number, texts
