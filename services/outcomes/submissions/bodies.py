"""How a file arrives: as the body itself, or as the one part `file` of a multipart form; and whether it is undamaged.

`Content-Digest` (RFC 9530) is what the sender says the body's digest is: a file damaged on its way is refused.
"""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath
from typing import Final

from fastapi import Request
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from services.outcomes.feeds.exchange import Form, SentFile
from shared.http.bodies import FEED_BYTES, read_body
from shared.http.digests import check_digests, stated_digests
from shared.http.forms import MULTIPART, SLACK, MultipartBroken
from shared.http.matching import check_content_type
from shared.spreadsheets import XLSX

FORMS: Final[dict[str, Form]] = {"text/csv": "csv", XLSX: "xlsx", "application/json": "json"}
_SUFFIXES: Final[dict[str, Form]] = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}
_IN_MEMORY: Final = {"MAX_MEMORY_FILE_SIZE": FEED_BYTES + SLACK, "UPLOAD_ERROR_ON_BAD_CTE": True}
"""The parser would write a file above 1 MiB to disk, and an encoding it does not know, whatever its name, to the log."""


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
    body = await read_body(request, limit=FEED_BYTES + (SLACK if media_type == MULTIPART else 0))
    await asyncio.to_thread(check_digests, body, digests)
    if media_type != MULTIPART:
        return await asyncio.to_thread(SentFile.of, body, FORMS[media_type])
    _, options = parse_options_header(request.headers["content-type"])
    return await asyncio.to_thread(file_of_form, body, options.get(b"boundary", b""))


async def read_form_with_file(request: Request, beside: Collection[str]) -> tuple[SentFile, dict[str, str]]:
    """The file of a page's form, and what was filled in beside it. Raises what `read_sent_file` raises.

    beside: the fields that the form has, each at most once.
    """
    check_content_type(request, (MULTIPART,))
    body = await read_body(request, limit=FEED_BYTES + SLACK)
    _, options = parse_options_header(request.headers["content-type"])
    return await asyncio.to_thread(_file_and_fields, body, options.get(b"boundary", b""), beside)


def _file_and_fields(
    body: bytes, boundary: bytes, beside: Collection[str]
) -> tuple[SentFile, dict[str, str]]:
    parts, fields = [], {}
    for part in _parts(body, boundary):
        name = (part.field_name or b"").decode("utf-8", "replace")
        if isinstance(part, Field) and name in beside and name not in fields:
            fields[name] = (part.value or b"").decode("utf-8", "replace").strip()
        else:
            parts.append(part)
    return _the_file(parts), fields


def file_of_form(body: bytes, boundary: bytes) -> SentFile:
    """The one part `file` of a multipart body, whatever it is called. Raises MultipartBroken."""
    return _the_file(_parts(body, boundary))


def _parts(body: bytes, boundary: bytes) -> list[File | Field]:
    parts: list[File | Field] = []
    ends: list[bool] = []
    try:
        parser = FormParser(
            MULTIPART, parts.append, parts.append, lambda: ends.append(True), boundary, config=_IN_MEMORY
        )
        parser.write(body)
        parser.finalize()
    except ValueError:
        raise MultipartBroken from None
    if not ends:
        raise MultipartBroken("The multipart body ends before its last boundary.")
    return parts


def _the_file(parts: Sequence[File | Field]) -> SentFile:
    if [part.field_name for part in parts] != [b"file"]:
        raise MultipartBroken("Send one part, named file.", code="multipart.count")
    part = parts[0]
    if isinstance(part, Field):  # a part that names no file is a field to the parser
        content = part.value or b""
    else:
        part.file_object.seek(0)
        content = part.file_object.read()
    return SentFile.of(content, _form_of(part, content[:64]))


def _form_of(part: File | Field, start: bytes) -> Form:
    """What a part holds: as its file name ends, else as its type says, else as its first bytes look."""
    name = part.file_name if isinstance(part, File) else None
    suffix = PurePosixPath((name or b"").decode("utf-8", "replace")).suffix.casefold()
    declared = (part.content_type or "").partition(";")[0].strip().casefold()
    found = _SUFFIXES.get(suffix) or FORMS.get(declared)
    if found is not None:
        return found
    start = start.lstrip()
    return "xlsx" if start.startswith(b"PK") else "json" if start.startswith(b"{") else "csv"
