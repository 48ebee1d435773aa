"""What a workbook's XML says beside the values: extents, hidden rows and columns, broken cells, how cells are shown.

Sizes are summed as declared and again as they inflate (half a megabyte has been seen to take 520 MiB), a DTD is
refused before an entity can expand, and everything that would make the figures differ from what the sender sees
(hidden cells, formulas never calculated, error values) is noted, to be refused with the mend.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from shared.workbooks.findings import FileRefusedError, Findings
from shared.workbooks.formats import Shown, shown_otherwise
from shared.workbooks.package import (
    LARGEST_INFLATED,
    TOO_MUCH,
    Package,
    local,
    xml_parser,
)
from shared.workbooks.words import Words

MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500

_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII | re.IGNORECASE)
_TRUE: Final = frozenset({"1", "true"})


@dataclass(slots=True)
class SheetScan:
    """What one worksheet's XML says beside its values; cells by row and 0-based column.

    rows, columns: the extent of the cells.   errors, uncalculated: cells to refuse.   shown: numbers that are shown
    as something else.   hidden_rows: rows hidden or filtered out that hold something.   hidden_columns: the same.
    """

    rows: int = 0
    columns: int = 0
    errors: list[tuple[int, int]] = field(default_factory=list)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)
    shown: dict[tuple[int, int], Shown] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)


def scan_parts(package: Package, findings: Findings) -> dict[str, SheetScan]:
    """Inflate every part once, counting; XML is checked for a DTD, worksheets are scanned, all words looked through.

    Returns a scan for each worksheet, by the name of its part; people found in any part are noted as findings.
    To be called `blaming_the_workbook`. Raises FileRefusedError (file.inflates_too_large, file.xml_forbidden,
    file.too_many_rows).
    """
    worksheets = {one.target for one in package.relations.values() if one.kind == "worksheet"}
    scans: dict[str, SheetScan] = {}
    inflated = 0
    styles = _styles(package)
    for name in package.parts:
        parser = xml_parser() if name.endswith((".xml", ".rels")) else None
        words = Words(name)
        if parser and name in worksheets:
            _SheetWatcher(scans.setdefault(name, SheetScan()), styles, words).watch(parser)
        elif parser:
            words.watch(parser)
        for chunk in package.chunks(name):
            inflated += len(chunk)
            if inflated > LARGEST_INFLATED:
                raise FileRefusedError("file.inflates_too_large", TOO_MUCH)
            if parser:
                parser.Parse(chunk)
            else:
                words.bytes(chunk)
        if parser:
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by position
        if words.found:
            findings.add(words.found)
    return scans


def _styles(package: Package) -> Mapping[str, Shown]:
    parts = [one.target for one in package.relations.values() if one.kind == "styles"]
    return shown_otherwise(package.read(parts[0])) if parts else {}


class _SheetWatcher:
    """Follows a worksheet's rows and cells as they stream by; keeps positions only."""

    def __init__(self, scan: SheetScan, styles: Mapping[str, Shown], words: Words) -> None:
        self.scan, self.styles, self.words = scan, styles, words
        self.row = 0
        self.column = -1
        self.row_hidden = False
        self.kind = "n"
        self.shown: Shown | None = None
        self.formula = self.value = self.in_value = False

    def watch(self, parser: expat.XMLParserType) -> None:
        """Follow what this parser is given; words outside the cells are looked through."""
        self.words.watch(parser)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = local(name)
        if element == "c":
            self._start_cell(attributes)
        elif element in {"v", "t"}:
            self.in_value = True
        elif element == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = -1
            self.row_hidden = attributes.get("hidden") in _TRUE
        elif element == "f":
            self.formula = True
            self.words.start(name, attributes)
        elif element != "col":
            self.words.start(name, attributes)
        elif attributes.get("hidden") in _TRUE:
            first, last = int(attributes["min"]), min(int(attributes["max"]), MOST_COLUMNS + 1)
            self.scan.hidden_columns.update(range(first - 1, last))

    def text(self, data: str) -> None:
        if not self.in_value:
            self.words.text(data)
        elif data:
            self.value = True

    def end(self, name: str) -> None:
        element = local(name)
        if element in {"v", "t"}:
            self.in_value = False
        elif element == "c":
            self._end_cell()
        elif element != "row":
            self.words.end(name)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        address = attributes.get("r")
        self.column = self._column_of(address) if address else self.column + 1
        self.kind = attributes.get("t", "n")
        self.shown = self.styles.get(attributes.get("s", "0"))
        self.formula = self.value = False

    def _column_of(self, address: str) -> int:
        """The 0-based column of an address in this row: "B3" is 1. ValueError for what is no address, or another row's."""
        found = _ADDRESS.fullmatch(address)
        if found is None or int(found[2]) != self.row:
            raise ValueError("a cell stands where no cell of its row can stand")
        column = 0
        for letter in found[1].upper():
            column = column * 26 + ord(letter) - 64
        return column - 1

    def _end_cell(self) -> None:
        if not (self.value or self.formula):
            return
        scan, cell = self.scan, (self.row, self.column)
        scan.rows, scan.columns = max(scan.rows, self.row), max(scan.columns, self.column + 1)
        if scan.rows > MOST_ROWS or scan.columns > MOST_COLUMNS:
            raise FileRefusedError(
                "file.too_many_rows",
                f"A sheet has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns. Send CSV for more.",
            )
        if self.kind == "e":
            scan.errors.append(cell)
        elif self.formula and not self.value and self.kind != "str":
            scan.uncalculated.append(cell)
        elif self.shown and self.kind == "n":
            scan.shown[cell] = self.shown
        if self.row_hidden and (not scan.hidden_rows or scan.hidden_rows[-1] != self.row):
            scan.hidden_rows.append(self.row)
