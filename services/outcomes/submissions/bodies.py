"""How a file arrives: as the body itself, or as the one part `file` of a multipart form; and whether it is undamaged.

`Content-Digest` (RFC 9530) is what the sender says the body's digest is: a file damaged on its way is refused.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from fastapi import Request
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from services.outcomes.errors import MultipartBroken
from services.outcomes.feeds.exchange import Form, SentFile
from shared.http.bodies import FEED_BYTES, read_body
from shared.http.matching import check_content_type
from shared.problems import BadRequest, Invalid
from shared.spreadsheets import XLSX

MULTIPART: Final = "multipart/form-data"
FORMS: Final[dict[str, Form]] = {"text/csv": "csv", XLSX: "xlsx", "application/json": "json"}
_SUFFIXES: Final[dict[str, Form]] = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}
_SLACK: Final = 64 * 1024
"""What a multipart body may have around its file."""

_IN_MEMORY: Final = {"MAX_MEMORY_FILE_SIZE": FEED_BYTES + _SLACK, "UPLOAD_ERROR_ON_BAD_CTE": True}
"""The parser would write a file above 1 MiB to disk, and an encoding it does not know, whatever its name, to the log."""

_ALGORITHMS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_MEMBER: Final = re.compile(r"(?P<name>[a-z*][a-z0-9_.*-]*)(?:=(?P<value>[^;]*))?(?:;.*)?", re.ASCII)
_BYTES: Final = re.compile(r":([A-Za-z0-9+/]*={0,2}):", re.ASCII)
_MALFORMED: Final = "Content-Digest is written sha-256=:…:, the digest in base64 between colons."

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
    digests = _stated_digests(request.headers.getlist("content-digest"))
    body = await read_body(request, limit=FEED_BYTES + (_SLACK if media_type == MULTIPART else 0))
    await asyncio.to_thread(_check_digests, body, digests)
    if media_type != MULTIPART:
        return await asyncio.to_thread(SentFile.of, body, FORMS[media_type])
    _, options = parse_options_header(request.headers["content-type"])
    return await asyncio.to_thread(file_of_form, body, options.get(b"boundary", b""))


def _stated_digests(headers: Sequence[str]) -> dict[str, bytes]:
    """The digests that headers state, by algorithm; other algorithms than ours are left aside.

    Raises BadRequest (header.format) for a header that is not written as the standard has it.
    """
    stated: dict[str, bytes] = {}
    for member in (part.strip() for header in headers for part in header.split(",")):
        found = _MEMBER.fullmatch(member)
        if found is None:
            raise BadRequest(_MALFORMED, code="header.format")
        if (algorithm := _ALGORITHMS.get(found["name"])) is not None:
            written = _BYTES.fullmatch((found["value"] or "").strip())
            try:
                digest = base64.b64decode(written[1], validate=True) if written else b""
            except binascii.Error:
                digest = b""
            if len(digest) != algorithm().digest_size:
                raise BadRequest(_MALFORMED, code="header.format")
            stated[found["name"]] = digest
    return stated


def _check_digests(body: bytes, stated: Mapping[str, bytes]) -> None:
    """Raises Invalid (file.digest) where a stated digest is not the body's. For a thread: 64 MiB take their time."""
    for name, digest in stated.items():
        if not hmac.compare_digest(_ALGORITHMS[name](body).digest(), digest):
            raise Invalid(
                f"The body's {name} digest is not the one that Content-Digest states: it changed on its way. "
                "Send it again.",
                code="file.digest",
            )


def file_of_form(body: bytes, boundary: bytes) -> SentFile:
    """The one part `file` of a multipart body, whatever it is called. Raises MultipartBroken."""
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
