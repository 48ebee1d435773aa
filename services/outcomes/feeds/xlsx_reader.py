"""Reading XLSX: guards first, then the values through calamine, sheet by visible sheet."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from services.outcomes.feeds.reading import FileRefusedError, Findings
from services.outcomes.feeds.sheets import CellValue, Fault, Row, Sheet, column_letters
from services.outcomes.feeds.xlsx_guards import SheetScan, elements, open_workbook, scan_parts

_DAMAGED: Final = "The workbook is damaged. Save it again and resend."
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
    with open_workbook(content) as archive:
        scans = _scans_by_name(archive, scan_parts(archive))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = [sheet for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        _refuse_hidden_sheets(scans, {sheet.name for sheet in visible})
        filled = [sheet.name for sheet in visible if scans.get(sheet.name, SheetScan()).rows]
        for name in filled:
            _note_hidden(scans[name], findings, name)
        return [_sheet(workbook, name, scans[name]) for name in filled]
    except (CalamineError, ValueError) as wrong:
        raise FileRefusedError("file.zip_invalid", _DAMAGED) from wrong


def _scans_by_name(archive: zipfile.ZipFile, scans: dict[str, SheetScan]) -> dict[str, SheetScan]:
    """The scans by the sheet names people see; a sheet whose part was not scanned is refused."""
    parts = {part.filename.casefold().lstrip("/"): part for part in archive.infolist()}
    if "xl/_rels/workbook.xml.rels" not in parts:
        raise FileRefusedError("file.zip_invalid", _DAMAGED)
    targets = {
        relation.get("Id"): posixpath.normpath(posixpath.join("/xl", relation.get("Target", "")))
        .lstrip("/")
        .casefold()
        for relation in elements(archive.read(parts["xl/_rels/workbook.xml.rels"]), "Relationship")
    }
    named: dict[str, SheetScan] = {}
    for sheet in elements(archive.read(parts["xl/workbook.xml"]), "sheet"):
        target = targets.get(sheet.get("id"), "")
        if target.startswith("xl/chartsheets/"):
            continue
        if target not in scans:
            raise FileRefusedError("file.zip_invalid", _DAMAGED)
        named[sheet.get("name", "")] = scans[target]
    return named


def _refuse_hidden_sheets(scans: dict[str, SheetScan], visible: set[str]) -> None:
    if any(scan.rows for name, scan in scans.items() if name not in visible):
        raise FileRefusedError(
            "file.hidden_content",
            "The workbook has a hidden sheet with content. Show it or delete it, then resend.",
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
    return Sheet(_rows(workbook, name, bad), name, explicit=False, bad_cells=bad)


def _rows(workbook: CalamineWorkbook, name: str, bad: dict[tuple[int, int], Fault]) -> Iterator[Row]:
    """The rows as the sheet numbers them, with what is wrong standing in for the cells that cannot be read.

    calamine gives blank rows above the data but leaves out blank columns to its left, so these are put back.
    """
    sheet = workbook.get_sheet_by_name(name)
    left = sheet.start[1] if sheet.start else 0
    broken = {row for row, _ in bad}
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        values: list[CellValue] = [None] * left
        values.extend(None if cell == "" else cell for cell in cells)
        if number in broken:
            for column in [at for row, at in bad if row == number]:
                values.extend([None] * (column + 1 - len(values)))
                values[column] = bad[number, column]
        yield Row(number, values)
