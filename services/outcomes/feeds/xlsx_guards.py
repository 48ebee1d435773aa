"""What is checked of an XLSX file before it is parsed: a workbook is a zip of XML, and both can lie.

Sizes are summed as declared and again as they inflate (half a megabyte has been seen to take 520 MiB), a DTD is
refused before an entity can expand, and everything that would make the figures differ from what the sender sees
(hidden cells, formulas never calculated, error values, links, macros) is refused with the mend.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

from services.outcomes.feeds.reading import FileRefusedError

LARGEST_INFLATED: Final = 192 * 1024 * 1024
MOST_PARTS: Final = 2_000
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500

_CHUNK: Final = 256 * 1024
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_FLAG: Final = 0x1
_TOO_MUCH = "The workbook inflates to more than a return can hold. Send only the sheet with the table."


@dataclass(slots=True)
class SheetScan:
    """What one worksheet's XML says beside its values.

    rows, columns: the extent of the cells.   errors, uncalculated: (row, column index) of cells to refuse.
    hidden_rows: rows hidden or filtered out that hold something.   hidden_columns: the same of columns (0-based).
    """

    rows: int = 0
    columns: int = 0
    errors: list[tuple[int, int]] = field(default_factory=list)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)


def open_workbook(content: bytes) -> zipfile.ZipFile:
    """The archive, once its directory has been found honest and free of what is never accepted.

    Raises FileRefusedError (file.type, file.encrypted, file.zip_invalid, file.inflates_too_large, file.macro,
    file.external_link).
    """
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FileRefusedError(
                "file.encrypted", "The workbook has a password. Remove it and send the file again."
            )
        raise FileRefusedError("file.type", "This is an old .xls workbook. Save it as .xlsx or CSV UTF-8.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError):
        raise FileRefusedError(
            "file.zip_invalid", "The workbook is damaged. Save it again and resend."
        ) from None
    _check_directory(archive.infolist())
    return archive


def _check_directory(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.casefold().lstrip("/") for part in parts]
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise FileRefusedError(
            "file.encrypted", "The workbook has a password. Remove it and send the file again."
        )
    if len(set(names)) != len(names):
        raise FileRefusedError(
            "file.zip_invalid", "The workbook names a part twice. Save it again and resend."
        )
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_INFLATED:
        raise FileRefusedError("file.inflates_too_large", _TOO_MUCH)
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise FileRefusedError("file.type", "This is not an XLSX workbook. Save it as .xlsx or CSV UTF-8.")
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise FileRefusedError("file.macro", "The workbook holds macros. Save it as .xlsx without them.")
    if any(name.startswith("xl/externallinks/") or name == "xl/connections.xml" for name in names):
        raise FileRefusedError(
            "file.external_link",
            "The workbook takes figures from elsewhere. Paste them as values and resend.",
        )


def elements(content: bytes, wanted: str) -> list[dict[str, str]]:
    """The attributes of every element of that local name, in document order; names keep their local part only."""
    found: list[dict[str, str]] = []

    def note(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == wanted:
            found.append({key.rpartition(" ")[2]: value for key, value in attributes.items()})

    parser = _parser(None)
    parser.StartElementHandler = note
    parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position
    return found


def scan_parts(archive: zipfile.ZipFile) -> dict[str, SheetScan]:
    """Inflate every part once, counting; XML is checked for a DTD, worksheets are scanned.

    Returns a scan for each worksheet part ("xl/worksheets/sheet1.xml").
    Raises FileRefusedError (file.inflates_too_large, file.zip_invalid, file.xml_forbidden, file.too_many_rows).
    """
    scans: dict[str, SheetScan] = {}
    inflated = 0
    for part in archive.infolist():
        name = part.filename.casefold().lstrip("/")
        scan = SheetScan()
        parser = (
            _parser(scan if name.startswith("xl/worksheets/") else None)
            if name.endswith((".xml", ".rels"))
            else None
        )
        try:
            with archive.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    inflated += len(chunk)
                    if inflated > LARGEST_INFLATED:
                        raise FileRefusedError("file.inflates_too_large", _TOO_MUCH)
                    if parser:
                        parser.Parse(chunk)
            if parser:
                parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by position
        except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError):
            raise FileRefusedError(
                "file.zip_invalid", "The workbook is damaged. Save it again and resend."
            ) from None
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            scans[name] = scan
    return scans


def _parser(scan: SheetScan | None) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    if scan is not None:
        watcher = _SheetWatcher(scan)
        parser.StartElementHandler = watcher.start
        parser.EndElementHandler = watcher.end
        parser.CharacterDataHandler = watcher.text
    return parser


def _refuse_doctype(*_: object) -> NoReturn:
    raise FileRefusedError(
        "file.xml_forbidden", "The workbook's XML declares a document type. Save it again with a spreadsheet."
    )


class _SheetWatcher:
    """Follows a worksheet's rows and cells as they stream by; keeps positions only."""

    def __init__(self, scan: SheetScan) -> None:
        self.scan = scan
        self.row = 0
        self.column = -1
        self.row_hidden = False
        self.kind = "n"
        self.formula = self.value = self.in_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(" ")[2]
        if element == "c":
            self._start_cell(attributes)
        elif element == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = -1
            self.row_hidden = attributes.get("hidden") in {"1", "true"}
        elif element == "f":
            self.formula = True
        elif element in {"v", "t"}:
            self.in_value = True
        elif element == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes["min"]), min(int(attributes["max"]), MOST_COLUMNS + 1)
            self.scan.hidden_columns.update(range(first - 1, last))

    def text(self, data: str) -> None:
        if self.in_value and data:
            self.value = True

    def end(self, name: str) -> None:
        element = name.rpartition(" ")[2]
        if element in {"v", "t"}:
            self.in_value = False
        elif element == "c":
            self._end_cell()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        address = attributes.get("r")
        self.column = _column_of(address) if address else self.column + 1
        self.kind = attributes.get("t", "n")
        self.formula = self.value = False

    def _end_cell(self) -> None:
        if not (self.value or self.formula):
            return
        scan = self.scan
        scan.rows, scan.columns = max(scan.rows, self.row), max(scan.columns, self.column + 1)
        if scan.rows > MOST_ROWS or scan.columns > MOST_COLUMNS:
            raise FileRefusedError(
                "file.too_many_rows",
                f"A sheet has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns. Send CSV for more.",
            )
        if self.kind == "e":
            scan.errors.append((self.row, self.column))
        elif self.formula and not self.value and self.kind != "str":
            scan.uncalculated.append((self.row, self.column))
        if self.row_hidden and (not scan.hidden_rows or scan.hidden_rows[-1] != self.row):
            scan.hidden_rows.append(self.row)


def _column_of(address: str) -> int:
    """The 0-based column of a cell address: "B3" is 1."""
    column = 0
    for letter in address:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    return column - 1
