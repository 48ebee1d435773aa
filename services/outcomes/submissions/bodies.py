"""How a file arrives: as the body itself, or as the one part `file` of a multipart form."""

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.outcomes.errors import MultipartBroken
from services.outcomes.feeds.question import Form, SentFile
from services.outcomes.submissions.digests import check_digests, stated_digests
from shared.http.bodies import FEED_BYTES, read_body
from shared.http.negotiation import check_content_type
from shared.spreadsheets import XLSX

MULTIPART: Final = "multipart/form-data"
FORMS: Final[dict[str, Form]] = {"text/csv": "csv", XLSX: "xlsx", "application/json": "json"}
_SUFFIXES: Final[dict[str, Form]] = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}
_SLACK: Final = 64 * 1024
"""What a multipart body may have around its file."""

OPENAPI: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["rows"],
                    "additionalProperties": False,
                    "properties": {"rows": {"type": "array", "items": {"type": "object"}}},
                }
            },
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


async def read_sent_file(request: Request) -> SentFile:
    """The file of a request. Raises UnsupportedMediaType, TooLarge, RequestTimeout, MultipartBroken, BadRequest, Invalid.

    A `Content-Digest` that was sent must be that of the body, a multipart form as a whole.
    """
    media_type = check_content_type(request, (*FORMS, MULTIPART))
    digests = stated_digests(request.headers.getlist("content-digest"))
    body = await read_body(request, limit=FEED_BYTES + (_SLACK if media_type == MULTIPART else 0))
    await asyncio.to_thread(check_digests, body, digests)
    if media_type != MULTIPART:
        return await asyncio.to_thread(SentFile.of, body, FORMS[media_type])
    _, options = parse_options_header(request.headers["content-type"])
    return await asyncio.to_thread(_file_part, body, options.get(b"boundary", b""))


@dataclass(slots=True)
class _Part:
    """One part of a multipart body, as far as it has arrived."""

    headers: dict[str, str]
    content: bytearray


class _Collector:
    """Takes the parser's events; at most two parts are kept, since one is right and two are wrong."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.name = bytearray()
        self.value = bytearray()
        self.ended = False

    def callbacks(self) -> dict[str, object]:
        """What the parser calls."""
        return {
            "on_part_begin": lambda: self.parts.append(_Part({}, bytearray())),
            "on_part_data": lambda data, start, end: self.parts[-1].content.extend(
                memoryview(data)[start:end]
            ),
            "on_header_field": lambda data, start, end: self.name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self.value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_end": lambda: setattr(self, "ended", True),
        }

    def _header(self) -> None:
        self.parts[-1].headers[self.name.decode("latin-1").lower()] = self.value.decode("utf-8", "replace")
        self.name, self.value = bytearray(), bytearray()


def _file_part(body: bytes, boundary: bytes) -> SentFile:
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise MultipartBroken from None
    if not collector.ended:
        raise MultipartBroken("The multipart body ends before its last boundary.")
    files = [part for part in collector.parts if _option(part, b"name") == "file"]
    if len(files) != 1 or len(collector.parts) != 1:
        raise MultipartBroken("Send one part, named file.", code="multipart.count")
    part = files[0]
    return SentFile.of(bytes(part.content), _form_of(part))


def _form_of(part: _Part) -> Form:
    """What a part holds: as its file name ends, else as its type says, else as its first bytes look."""
    suffix = PurePosixPath(_option(part, b"filename")).suffix.casefold()
    declared = part.headers.get("content-type", "").partition(";")[0].strip().casefold()
    found = _SUFFIXES.get(suffix) or FORMS.get(declared)
    if found is not None:
        return found
    start = bytes(part.content[:64]).lstrip()
    return "xlsx" if start.startswith(b"PK") else "json" if start.startswith(b"{") else "csv"


def _option(part: _Part, name: bytes) -> str:
    _, options = parse_options_header(part.headers.get("content-disposition", ""))
    return options.get(name, b"").decode("utf-8", "replace")
