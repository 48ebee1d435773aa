"""Reading XLSX: guards first, then the values through calamine, sheet by visible sheet."""

import io
from collections.abc import Iterator
from typing import Any, Final

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from shared.workbooks.findings import FileRefusedError, Findings
from shared.workbooks.package import (
    Package,
    blaming_the_workbook,
    damaged,
    elements,
    open_package,
)
from shared.workbooks.scan import SheetScan, scan_parts
from shared.workbooks.sheets import CellValue, Fault, Row, Sheet, column_letters

_ERROR: Final = Fault(
    "cell.error", "The cell shows an error such as #REF!. Mend the formula or type the figure."
)
_UNCALCULATED: Final = Fault(
    "cell.formula_without_value",
    "The formula was never calculated. Open the file in a spreadsheet and save it.",
)


def read_xlsx(content: bytes, findings: Findings) -> list[Sheet]:
    """The visible sheets that hold something, in the workbook's order; cells to refuse are noted as findings.

    A formula counts as its stored value. Raises FileRefusedError for a workbook that is refused as a whole.
    """
    with blaming_the_workbook():
        package = open_package(content)
        with package.archive:
            scans = _scans_by_name(package, scan_parts(package, findings))
            usual = package.with_usual_names()
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content if usual is None else usual))
        kinds = {sheet.name: sheet.visible for sheet in workbook.sheets_metadata}
        _refuse_hidden_sheets(scans, kinds)
        visible = [name for name, kind in kinds.items() if kind == SheetVisibleEnum.Visible]
        filled = [name for name in visible if scans.get(name, SheetScan()).rows]
        for name in filled:
            _note_hidden(scans[name], findings, name)
        return [_sheet(workbook, name, scans[name]) for name in filled]


def _scans_by_name(package: Package, scans: dict[str, SheetScan]) -> dict[str, SheetScan]:
    """The scans by the sheet names people see; a sheet whose part was not scanned is refused."""
    named: dict[str, SheetScan] = {}
    for sheet in elements(package.read(package.main), "sheet"):
        relation = package.relations.get(sheet.get("id", ""))
        if relation is not None and relation.kind == "chartsheet":
            continue
        if relation is None or relation.target not in scans:
            raise damaged()
        named[sheet.get("name", "")] = scans[relation.target]
    return named


def _refuse_hidden_sheets(scans: dict[str, SheetScan], kinds: dict[str, SheetVisibleEnum]) -> None:
    for name, scan in scans.items():
        kind = kinds.get(name, SheetVisibleEnum.Hidden)
        if scan.rows and kind != SheetVisibleEnum.Visible:
            very = kind == SheetVisibleEnum.VeryHidden
            raise FileRefusedError(
                "file.hidden_content",
                f"The sheet “{name}” is hidden and holds something. "
                + (
                    "No menu shows it: copy the sheet with the table into a new workbook and send that."
                    if very
                    else "Show it or delete it, then resend."
                ),
                sheet=name,
            )


def _note_hidden(scan: SheetScan, findings: Findings, sheet: str) -> None:
    for row in scan.hidden_rows:
        findings.refuse(
            "file.hidden_content", "This row is hidden. Show it or delete it.", row=row, sheet=sheet
        )
    for column in sorted(scan.hidden_columns & set(range(scan.columns))):
        findings.refuse(
            "file.hidden_content",
            "This column is hidden. Show it or delete it.",
            column=column_letters(column),
            sheet=sheet,
        )


def _sheet(workbook: CalamineWorkbook, name: str, scan: SheetScan) -> Sheet:
    bad = {**dict.fromkeys(scan.errors, _ERROR), **dict.fromkeys(scan.uncalculated, _UNCALCULATED)}
    return Sheet(_rows(workbook, name, scan, bad), name, explicit=False, bad_cells=bad)


def _rows(
    workbook: CalamineWorkbook, name: str, scan: SheetScan, bad: dict[tuple[int, int], Fault]
) -> Iterator[Row]:
    """The rows as the sheet numbers them, with what is wrong standing in for the cells that cannot be read.

    calamine gives blank rows above the data but leaves out blank columns to its left, so these are put back.
    """
    with blaming_the_workbook():
        sheet = workbook.get_sheet_by_name(name)
        left = sheet.start[1] if sheet.start else 0
        rows = iter(sheet.iter_rows())
    special: dict[int, list[int]] = {}
    for row, column in (*bad, *scan.shown):
        special.setdefault(row, []).append(column)
    for number, cells in enumerate(_blamed(rows), start=1):
        values: list[CellValue] = [None] * left
        values.extend(None if cell == "" else cell for cell in cells)
        for column in special.get(number, ()):
            values.extend([None] * (column + 1 - len(values)))
            value, shown = values[column], scan.shown.get((number, column))
            if (number, column) in bad:
                values[column] = bad[number, column]
            elif shown is not None and isinstance(value, int | float):
                values[column] = shown(value)
        yield Row(number, values)


def _blamed(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The rows; a value that no cell can have (a date beyond all calendars) is the workbook's fault."""
    while True:
        with blaming_the_workbook():
            cells = next(rows, None)
        if cells is None:
            return
        yield cells
