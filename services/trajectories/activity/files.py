"""The table of a file as texts, read while it arrives: CSV, JSON lines, and the one sheet of a workbook that holds it."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain, islice
from typing import IO, Any, Final, NamedTuple, TypeVar

from services.trajectories.activity.exchange import Form
from services.trajectories.activity.rules.findings import Broken, Columns
from services.trajectories.activity.rules.kinds import COLUMNS, Refusal, kind_of
from shared.workbooks.findings import FileRefusedError, Findings
from shared.workbooks.identifiers import check_text
from shared.workbooks.people import WEIGHED
from shared.workbooks.privacy import look_through, refuse_people
from shared.workbooks.reader import read_xlsx
from shared.workbooks.sheets import Fault, Money, Percentage, Sheet, column_letters
from shared.workbooks.sheets import Row as SheetRow

MOST_TITLES: Final = 50
"""Rows above a header: a title, notes, the filters of a reporting tool."""
LONGEST_CELL: Final = 32_767
BLOCK_BYTES: Final = 2 * 1024 * 1024
"""Larger ones are read no sooner, and take more memory."""
LONGEST_LINE: Final = 65_536
_ZIP: Final = b"PK"
_OLE: Final = bytes.fromhex("d0cf11e0")
Row = tuple[int, list[str]]
RowT = TypeVar("RowT")
IsHeader = Callable[[Sequence[str]], bool]


class Table(NamedTuple):
    """The table of a file. header: the row that names the columns.   rows: those below it, with their numbers in the file.

    blocks: the same rows as bytes, taken instead of them; None where the file is small, or not made of plain lines.
    """

    header: Row
    rows: Iterator[Row]
    columns: Columns
    blocks: "Blocks | None" = None


class Blocks:
    """The lines of a large file, some megabytes at a time.

    number: of the first row that was not taken yet.   is_whole: whether the last block ends where a line ends.
    members: the columns of JSON lines, None for CSV.
    """

    def __init__(
        self, begun: bytes, stream: IO[bytes], number: int, *, members: list[str] | None = None
    ) -> None:
        self.number, self.is_whole, self.members = number, True, members
        self._begun, self._stream = begun, stream

    def next(self) -> bytes:
        """The next whole lines, empty at the end."""
        wanted = BLOCK_BYTES - len(self._begun)
        content = self._begun + (self._stream.read(wanted) if wanted > 0 else b"")
        ends = len(content) if len(content) < BLOCK_BYTES else content.rfind(b"\n") + 1
        self.is_whole = ends > 0 or not content
        ends = ends or len(content)
        self._begun = content[ends:]
        return content[:ends]

    def rows_from(self, block: bytes) -> Iterator[Row]:
        """The rows of a block that was not taken, and of all behind it."""
        rest = io.BufferedReader(_Joined(block + self._begun, self._stream))
        if self.members is None:
            return _csv(rest, first=self.number)
        return _json_lines(rest, first=self.number, columns=self.members)

    def rows(self) -> Iterator[Row]:
        """All rows that were not taken."""
        yield from self.rows_from(self.next())


class _Joined(io.RawIOBase):
    """Bytes that were read already, then the stream that they came from."""

    def __init__(self, begun: bytes, stream: IO[bytes]) -> None:
        super().__init__()
        self._parts = [io.BytesIO(begun), stream]

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from the first of the two that has something left."""
        for part in self._parts:
            if found := part.read(len(buffer)):
                buffer[: len(found)] = found
                return len(found)
        return 0


def read_table(
    stream: IO[bytes], form: Form, is_header: IsHeader, findings: Findings, *, in_blocks: bool = False
) -> Table:
    """The table of a file; blank rows are passed over, and what stands above the header.

    is_header: whether a row names the columns. Where none does, the first row is taken for it.   in_blocks: whether a large
    file of lines is given in blocks too.
    Of JSON lines the header is made of the members. Raises FileRefusedError.
    """
    match _looked_at(stream) if form == "any" else form:
        case "xlsx":
            return _of_workbook(stream.read(), is_header, findings)
        case "ndjson":
            return _of_lines(stream, in_blocks=in_blocks)
        case _:
            return _of_large_csv(stream, is_header) if in_blocks else _of_csv(stream, is_header)


def _first(rows: Iterator[Row]) -> Row:
    found = next(rows, None)
    if found is None:
        raise FileRefusedError("file.empty", "The file is empty.")
    return found


def _looked_at(stream: IO[bytes]) -> Form:
    """What a file is, as its first bytes look."""
    start = stream.peek(4) if isinstance(stream, io.BufferedReader) else b""
    if start.startswith((_ZIP, _OLE)):
        return "xlsx"
    return "ndjson" if start.lstrip().startswith(b"{") else "csv"


def _headed(
    rows: Iterator[RowT], is_header: Callable[[RowT], bool]
) -> tuple[list[RowT], RowT | None, Iterator[RowT]]:
    """The rows above the header, the header, and the rows below. Without a header those above are all that were looked at."""
    above: list[RowT] = []
    for row in rows:
        if is_header(row):
            return above, row, rows
        above.append(row)
        if len(above) == MOST_TITLES:
            break
    return above, None, rows


def _of_csv(stream: IO[bytes], is_header: IsHeader) -> Table:
    if isinstance(stream, io.BufferedReader) and stream.peek(4).startswith((_ZIP, _OLE)):
        raise FileRefusedError(
            "file.type", "This is a workbook, although it was sent as CSV. Send it with its own content type."
        )
    above, header, rows = _headed(_csv(stream), lambda row: is_header(row[1]))
    for number, cells in above:
        _refuse_people(number, cells)
    if header is None:
        rows = chain(above, rows)
        header = _first(rows)
    return _without_margins(header, rows, None)


def _of_large_csv(stream: IO[bytes], is_header: IsHeader) -> Table:
    """The table in blocks too, where its header is found in a line of its own and every column has a name."""
    begun = stream.read(BLOCK_BYTES)
    table = _of_csv(io.BufferedReader(_Joined(begun, stream)), is_header)
    number, names = table.header
    lines = begun.split(b"\n", number)
    named = table.columns.at == list(range(len(names)))
    if (
        not named
        or len(begun) < BLOCK_BYTES
        or len(lines) <= number
        or not _is_header_line(lines, number, names)
    ):
        return table
    blocks = Blocks(lines[number], stream, number + 1)
    return table._replace(rows=blocks.rows(), blocks=blocks)


def _is_header_line(lines: Sequence[bytes], number: int, names: Sequence[str]) -> bool:
    """Whether a header's row is its line too: no text above it or in it goes on over a line's end."""
    if any(line.count(b'"') % 2 for line in lines[:number]):
        return False
    line = lines[number - 1].decode("utf-8-sig", "surrogateescape")
    return next(csv.reader([line]), None) == names


def _refuse_people(number: int, cells: Sequence[str]) -> None:
    """Raises FileRefusedError where a text above the table names a person."""
    for index, cell in enumerate(cells):
        if found := check_text(cell):
            letters = column_letters(index)
            raise FileRefusedError(
                found.code, found.detail, row=number, column=letters, cell=f"{letters}{number}"
            )


def _without_margins(header: Row, rows: Iterator[Row], sheet: str | None) -> Table:
    """The table without the columns that have no header. What a row holds in such a one makes it too long, which is told."""
    number, names = header
    kept = [index for index, name in enumerate(names) if name.strip()]
    if len(kept) == len(names):
        return Table(header, rows, Columns(kept, sheet))
    others = [index for index, name in enumerate(names) if not name.strip()]

    def picked() -> Iterator[Row]:
        for row, cells in rows:
            if len(cells) <= kept[-1]:
                yield row, cells[: len(kept) - 1]
                continue
            beside = (*others, *range(len(names), len(cells)))
            yield (
                row,
                [cells[index] for index in kept]
                + [cells[at] for at in beside if at < len(cells) and cells[at].strip()],
            )

    return Table((number, [names[index] for index in kept]), picked(), Columns(kept, sheet))


def _csv(stream: IO[bytes], *, first: int = 1) -> Iterator[Row]:
    """The rows of CSV. first: the number of its first row, from which on it is the rest of a file."""
    number = first - 1
    csv.field_size_limit(LONGEST_CELL)
    encoding = "utf-8-sig" if first == 1 else "utf-8"
    # Bytes that are no UTF-8 come as marks that no reading takes, so that their row can be named.
    text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, strict=True)
    try:
        for number, cells in enumerate(reader, start=first):
            if number == 1:
                _refuse_other_separator(cells)
            if cells and (len(cells) > 1 or cells[0].strip()):
                yield number, cells
    except csv.Error:
        detail = "A quotation mark is not closed, text follows a closing one, or a cell is too long."
        raise FileRefusedError("file.csv_syntax", detail, row=number + 1) from None
    finally:
        with suppress(ValueError):  # rows that nobody asks for may outlive their stream
            text.detach()  # or the stream would be closed with it


def _refuse_other_separator(header: list[str]) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise FileRefusedError("file.csv_syntax", "Separate the columns by commas.", row=1)


def _of_lines(stream: IO[bytes], *, in_blocks: bool) -> Table:
    """The table of JSON lines, in blocks too where it is large. The header is made of the first line, which is a row as well."""
    begun = stream.read(BLOCK_BYTES) if in_blocks else b""
    rows = _json_lines(io.BufferedReader(_Joined(begun, stream)) if begun else stream)
    header = _first(rows)
    number, members = header
    is_small = len(begun) < BLOCK_BYTES
    if is_small or begun.count(b"\n") < number:  # or the first line is longer than what was read
        return Table(header, rows, Columns())
    blocks = Blocks(begun, stream, 1, members=members)
    return Table(header, blocks.rows(), Columns(), blocks)


def _json_lines(stream: IO[bytes], *, first: int = 1, columns: list[str] | None = None) -> Iterator[Row]:
    """One object a line. The columns are those of the first line's kind, where a line may leave out what may be left out.

    first, columns: the number of the first row and what its columns are, from which on it is the rest of a file.
    """
    for number, raw in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), b""), start=first):
        if len(raw) > LONGEST_LINE:
            raise FileRefusedError("row.too_long", "A line has at most 64 KiB.", row=number)
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
        raise FileRefusedError("body.encoding", "The lines are not UTF-8.", row=number) from None
    except Refusal as refusal:
        raise FileRefusedError(refusal.code, refusal.detail, row=number) from None
    except (ValueError, RecursionError):
        raise FileRefusedError("body.json", "Each line is one JSON object.", row=number) from None
    if not isinstance(record, dict):
        raise FileRefusedError("body.type", "Each line is one JSON object.", row=number)
    return record


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refusal("body.duplicate_key", "A member stands twice in one line.")
    return found


def _cells(record: dict[str, Any], columns: list[str], number: int) -> list[str]:
    if not record.keys() <= set(columns):
        detail = f"Known members are {', '.join(columns)}; those of the first line hold for all."
        raise FileRefusedError("body.unknown_field", detail, row=number)
    return [_text(record.get(name)) for name in columns]


def _text(value: Any) -> str:
    """A value as a cell has it. What no cell can hold becomes a text that every reading refuses."""
    match value:
        case str():
            text = value
        case None:
            text = ""
        case bool():
            text = "true" if value else "false"
        case Fault():
            text = Broken.of(value)
        case Percentage():
            text = f"{value:g} %"
        case Money():
            text = f"£{value:g}"
        case datetime():
            text = value.isoformat(sep=" ")
        case float() if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 -- beyond it floats skip numbers
            text = str(int(value))
        case _:
            text = str(value)
    return text


class _Peeked(NamedTuple):
    """A sheet as far as its header. above: the rows over it, or all that were looked at where there is none."""

    sheet: Sheet
    above: Sequence[SheetRow]
    header: SheetRow | None
    rows: Iterator[SheetRow]


def _of_workbook(content: bytes, is_header: IsHeader, findings: Findings) -> Table:
    """The one sheet that holds the table. Others are looked through for people, named in a warning, and left aside."""
    if not content.startswith((_ZIP, _OLE)):
        raise FileRefusedError("file.type", "This is no XLSX workbook.")
    sheets = [_peeked(sheet, is_header) for sheet in read_xlsx(content, findings)]
    if not sheets:
        raise FileRefusedError("file.empty", "The workbook is empty.")
    found = [one for one in sheets if one.header is not None]
    if len(found) > 1:
        first, second = found[0].sheet.name, found[1].sheet.name
        detail = f"Two sheets hold figures, “{first}” and “{second}”. Keep the one that counts."
        raise FileRefusedError("file.sheet_ambiguous", detail, sheet=second)
    table = (found or sheets)[0]
    for other in sheets:
        if other is not table:
            look_through(other.sheet, [*other.above, *other.rows], findings)
            detail = "No table was found on this sheet; it was left aside."
            findings.warn("file.sheet_missing", detail, sheet=other.sheet.name)
    return _of_sheet(table, findings)


def _of_sheet(found: _Peeked, findings: Findings) -> Table:
    sheet, (header, above) = found.sheet, (found.header or found.above[0], found.above)
    look_through(sheet, above if found.header else (), findings)
    first = list(islice(found.rows, WEIGHED))
    refuse_people(sheet, [header, *first], findings)
    rows = chain(() if found.header else above[1:], first, found.rows)
    names = _texts_of(header)
    return _without_margins((header.number, names), _padded(rows, len(names)), sheet.name)


def _peeked(sheet: Sheet, is_header: IsHeader) -> _Peeked:
    rows = (row for row in sheet.rows if any(value is not None for value in row.cells))
    above, header, below = _headed(rows, lambda row: is_header(_texts_of(row)))
    return _Peeked(sheet, above, header, below)


def _texts_of(row: SheetRow) -> list[str]:
    return [_text(value) for value in row.cells]


def _padded(rows: Iterable[SheetRow], width: int) -> Iterator[Row]:
    """The rows of a grid, as long as its header: it leaves out the blanks behind the last cell."""
    for row in rows:
        cells = _texts_of(row)
        if any(cell.strip() for cell in cells):
            yield row.number, cells + [""] * (width - len(cells))
