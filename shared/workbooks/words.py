"""Looking for people in every part of a workbook, shown or not: a return's bytes may hold more than its cells.

Comments, headers and footers, properties, pivot caches, defined names, drawings, texts that no cell uses any more: each
part's words are looked through as they inflate, runs of one text joined, before anything of the file is used.
"""

import re
from typing import Final
from xml.parsers import expat

from shared.workbooks.findings import FileRefusedError, Finding
from shared.workbooks.identifiers import PII, holds_nhs_number
from shared.workbooks.package import local
from shared.workbooks.people import columns_of_people

_RUNS: Final = frozenset(
    {"t", "r", "rPr", "rFont", "sz", "color", "family", "scheme", "b", "i", "u", "strike", "vertAlign", "charset", "fld", "br"}
    | {"latin", "ea", "cs", "solidFill", "schemeClr", "srgbClr", "effectLst", "endParaRPr", "pPr"}
)  # fmt: skip
"""Elements within one text: what stands before and behind them is read together."""

_CELLS: Final = frozenset({"c", "v", "row", "col", "sheetData"})
"""The readers look at cells themselves, and can say which one it is."""

_NUMBERED: Final = frozenset({"axId", "crossAx", "creationId", "uniqueId", "cNvPr", "shapeId", "id"})
"""Elements whose attributes are numbers that a program made up."""

_MADE_UP: Final = re.compile(
    r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?"  # a GUID
    r"|\b(?:0x)?[0-9A-Fa-f]{20,}\b"  # a content type's id, a digest
    r"|\b(?=[0-9]*[A-Z])[A-Z0-9]{8,16}-[0-9]{1,10}-[0-9]{1,10}\b",  # a SharePoint document's id
    re.ASCII,
)
_FONT: Final = re.compile(r"&[0-9]{1,3} ?")
_TAG: Final = re.compile(r"<[^>]*>")
_ZIP: Final = b"PK\x03\x04"
_CARRIED: Final = 200

_PLACES: Final = (
    ("comments", "A comment"),
    ("persons/", "A comment"),
    ("pivotcache", "The data behind a pivot table"),
    ("docprops/", "A property of the document"),
    ("customxml/", "A property of the document"),
    ("vmldrawing", "A comment, drawing or picture"),
    ("drawings/", "A drawing or text box"),
    ("charts/", "A chart"),
    ("sharedstrings", "A text that no cell shows as one"),
    ("worksheets/", "A header, footer, formula, link or input message"),
    ("workbook", "A defined name or a setting of the workbook"),
    ("media/", "A picture"),
)


class Words:
    """Looks through one part of a workbook. found: what is wrong with it, None for nothing."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.found: Finding | None = None
        self._texts: list[str] = []
        self._fields: list[str] = []
        self._tail = b""

    def watch(self, parser: expat.XMLParserType) -> None:
        """Look through what this parser is given."""
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Look through an element's attributes."""
        element = local(name)
        if element in _CELLS or element in _NUMBERED:
            return
        if element not in _RUNS:
            self._flush()
        for value in attributes.values():
            self._look_at(value)
        if element in {"cacheField", "tableColumn"}:
            self._fields.append(attributes.get("name", ""))

    def end(self, name: str) -> None:
        """Look through the text that ends here."""
        element = local(name)
        if element in _CELLS:
            self._texts.clear()
        elif element not in _RUNS:
            self._flush()
        if element in {"cacheFields", "tableColumns"} and columns_of_people(self._fields):
            self._tell("has columns of people: names, birth dates, postcodes or numbers of persons")

    def text(self, data: str) -> None:
        """Keep text until the element ends that it stands in."""
        self._texts.append(data)

    def bytes(self, chunk: bytes) -> None:
        """Look through a piece of a part that is no XML, as text of one and of two bytes a character."""
        if not self._tail and chunk.startswith(_ZIP):
            raise FileRefusedError(
                "file.hidden_content",
                "The workbook has another file within it. Delete the embedded object and resend.",
            )
        piece = self._tail + chunk
        self._tail = piece[-_CARRIED:]
        for text in (piece.decode("latin-1"), *(piece[at:].decode("utf-16-le", "ignore") for at in (0, 1))):
            self._look_at(text)
            self._look_at(_TAG.sub("", text))

    def _flush(self) -> None:
        if self._texts:
            self._look_at("".join(self._texts))
            self._texts.clear()

    def _look_at(self, text: str) -> None:
        if self.found is None and holds_nhs_number(_FONT.sub(" ", _MADE_UP.sub(" ", text))):
            self._tell("holds what looks like an NHS number")

    def _tell(self, what: str) -> None:
        place = next((told for word, told in _PLACES if word in self.part), "A part that no cell shows")
        self.found = Finding(
            PII,
            f"{place} {what}. A return names no person: take it out (in Excel: File, Info, Inspect Document) and "
            "send the file again.",
        )
