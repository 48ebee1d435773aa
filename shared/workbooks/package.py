"""An XLSX file as a package of parts: a zip whose directory must be honest, and whose main part may have any name.

Names are compared as spreadsheets compare them: case, a leading slash and backslashes for slashes do not count. The
main part is the one that the package's relationships name, usually `xl/workbook.xml`.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from shared.workbooks.findings import FileRefusedError

LARGEST_INFLATED: Final = 192 * 1024 * 1024
MOST_PARTS: Final = 2_000
TOO_MUCH: Final = "The workbook inflates to more than a return can hold. Send only the sheet with the table."

_CHUNK: Final = 256 * 1024
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_FLAG: Final = 0x1
_PASSWORD: Final = "The workbook has a password. Remove it and send the file again."  # noqa: S105 - words, no password
_NO_WORKBOOK: Final = "This is not an XLSX workbook. Save it as .xlsx or CSV UTF-8."
_CONTENT_TYPES: Final = "[content_types].xml"
_USUAL_MAIN: Final = "xl/workbook.xml"
_ROOT_RELS: Final = "_rels/.rels"
_OFFICE_DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"


@contextmanager
def blaming_the_workbook() -> Iterator[None]:
    """Refuse the workbook, whatever a library raises at its bytes: zip, XML and numbers can be wrong in any way."""
    try:
        yield
    except (FileRefusedError, MemoryError, GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as wrong:  # calamine panics with what is no Exception
        raise damaged() from wrong


def damaged() -> FileRefusedError:
    """What a workbook is refused with whose bytes are not what they should be."""
    return FileRefusedError("file.zip_invalid", "The workbook is damaged. Save it again and resend.")


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part leads to. target: a part's name.   kind: the last word of its type ("worksheet")."""

    kind: str
    target: str
    type: str


@dataclass(frozen=True, slots=True)
class Package:
    """An opened workbook. parts: by the names they are compared by.   main: the workbook's own part.

    relations: of the main part, by id; those that lead out of the package are left out.
    """

    archive: zipfile.ZipFile
    parts: Mapping[str, zipfile.ZipInfo]
    main: str
    relations: Mapping[str, Relation]

    def read(self, name: str) -> bytes:
        """A part's bytes, empty where there is no such part."""
        return self.archive.read(self.parts[name]) if name in self.parts else b""

    def chunks(self, name: str) -> Iterator[bytes]:
        """A part's bytes as they inflate."""
        with self.archive.open(self.parts[name]) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def with_usual_names(self) -> bytes | None:
        """The package with its main part where every reader looks for it; None where it stands there already."""
        if self.main == _USUAL_MAIN:
            return None
        out = io.BytesIO()
        written = {_rels_of(self.main), _USUAL_MAIN, _rels_of(_USUAL_MAIN), _ROOT_RELS}
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for name, part in self.parts.items():
                if name == self.main:
                    target.writestr(_USUAL_MAIN, self.read(name))
                elif name not in written:
                    target.writestr(part.filename.replace("\\", "/"), self.read(name))
            main = Relation("officeDocument", _USUAL_MAIN, _OFFICE_DOCUMENT)
            target.writestr(_ROOT_RELS, _relations_part({"rId1": main}))
            target.writestr(_rels_of(_USUAL_MAIN), _relations_part(self.relations))
        return out.getvalue()


def open_package(content: bytes) -> Package:
    """The package, once its directory has been found honest and free of what is never accepted.

    To be called `blaming_the_workbook`. Raises FileRefusedError (file.type, file.encrypted, file.zip_invalid, file.inflates_too_large, file.macro,
    file.external_link).
    """
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FileRefusedError("file.encrypted", _PASSWORD)
        raise FileRefusedError("file.type", "This is an old .xls workbook. Save it as .xlsx or CSV UTF-8.")
    archive = zipfile.ZipFile(io.BytesIO(content))
    parts = _directory(archive.infolist())
    main = _main_part(archive, parts)
    rels = parts.get(_rels_of(main))
    relations = {} if rels is None else _relations(archive.read(rels), posixpath.dirname(main))
    return Package(archive, parts, main, relations)


def _directory(listed: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    parts = {_plain(part.filename): part for part in listed}
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in listed):
        raise FileRefusedError("file.encrypted", _PASSWORD)
    if len(parts) != len(listed):
        raise FileRefusedError(
            "file.zip_invalid", "The workbook names a part twice. Save it again and resend."
        )
    if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > LARGEST_INFLATED:
        raise FileRefusedError("file.inflates_too_large", TOO_MUCH)
    if _CONTENT_TYPES not in parts:
        raise FileRefusedError("file.type", _NO_WORKBOOK)
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in parts):
        raise FileRefusedError("file.macro", "The workbook holds macros. Save it as .xlsx without them.")
    if any("/externallinks/" in name or name.endswith("/connections.xml") for name in parts):
        raise FileRefusedError(
            "file.external_link",
            "The workbook takes figures from elsewhere. Paste them as values and resend.",
        )
    return parts


def _main_part(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo]) -> str:
    """The part that the package calls its document. Raises FileRefusedError (file.type) where it is no workbook of XML."""
    rels = parts.get(_ROOT_RELS)
    named = {} if rels is None else _relations(archive.read(rels), "")
    documents = [one.target for one in named.values() if one.kind == "officeDocument"]
    main = next((name for name in [*documents, _USUAL_MAIN] if name in parts), None)
    if main is None or not main.endswith(".xml") or main.startswith(("word/", "ppt/")):
        raise FileRefusedError("file.type", _NO_WORKBOOK)
    return main


def _relations(content: bytes, folder: str) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for one in elements(content, "Relationship"):
        if one.get("TargetMode") != "External":
            target = _plain(
                posixpath.normpath(posixpath.join("/", folder, one.get("Target", "").replace("\\", "/")))
            )
            kind = one.get("Type", "")
            found[one.get("Id", "")] = Relation(kind.rpartition("/")[2], target, kind)
    return found


def _relations_part(relations: Mapping[str, Relation]) -> str:
    told = "".join(
        f"<Relationship Id={quoteattr(key)} Type={quoteattr(one.type)} Target={quoteattr('/' + one.target)}/>"
        for key, one in relations.items()
    )
    return f"<Relationships xmlns={quoteattr(_RELATIONS)}>{told}</Relationships>"


def _plain(name: str) -> str:
    return name.casefold().replace("\\", "/").lstrip("/")


def _rels_of(name: str) -> str:
    folder, file = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def elements(content: bytes, wanted: str) -> list[dict[str, str]]:
    """The attributes of every element of that local name, in document order; names keep their local part only."""
    found: list[dict[str, str]] = []

    def note(name: str, attributes: dict[str, str]) -> None:
        if local(name) == wanted:
            found.append({local(key): value for key, value in attributes.items()})

    parser = xml_parser()
    parser.StartElementHandler = note
    parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position
    return found


def xml_parser() -> expat.XMLParserType:
    """A parser that refuses a document type before an entity can expand (file.xml_forbidden)."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    return parser


def local(name: str) -> str:
    """An element's or attribute's name without its namespace."""
    return name.rpartition(" ")[2]


def _refuse_doctype(*_: object) -> NoReturn:
    raise FileRefusedError(
        "file.xml_forbidden", "The workbook's XML declares a document type. Save it again with a spreadsheet."
    )
