"""How a file of activity arrives: as the body itself, or as the one part `file` of a multipart form; whether it is undamaged."""

from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Final

from fastapi import Request

from services.trajectories.activity.exchange import Form
from shared.http.bodies import FEED_BYTES, body_chunks
from shared.http.digests import as_stated, stated_digests
from shared.http.forms import MULTIPART, SLACK, FormFile, file_of_form
from shared.http.matching import check_content_type
from shared.problems import TooLarge
from shared.spreadsheets import XLSX

FORMS: Final[dict[str, Form]] = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    XLSX: "xlsx",
    "application/octet-stream": "any",
}
_SUFFIXES: Final[dict[str, Form]] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}
STREAMED_BYTES: Final = 1024 * 1024 * 1024


def declared_size(request: Request) -> int | None:
    """How many bytes a body says it has; None where it comes in chunks."""
    declared = request.headers.get("content-length")
    return int(declared) if declared is not None else None


async def arriving_file(request: Request) -> tuple[Form, AsyncIterator[bytes]]:
    """What the file of a request is, and its bytes as they arrive.

    A `Content-Digest` that was sent must be that of the body, a multipart form as a whole. Raises UnsupportedMediaType,
    BadRequest, MultipartBroken; the bytes raise what `body_chunks` and `as_stated` raise, and TooLarge.
    """
    media_type = check_content_type(request, (*FORMS, MULTIPART))
    stated = stated_digests(request.headers.getlist("content-digest"))
    if media_type != MULTIPART:
        form = FORMS[media_type]
        limit = FEED_BYTES if form == "xlsx" else STREAMED_BYTES
        return form, as_stated(body_chunks(request, limit=limit), stated)
    chunks = as_stated(body_chunks(request, limit=STREAMED_BYTES + SLACK), stated)
    file = await file_of_form(chunks, request.headers["content-type"])
    form = _form_of(file)
    return form, _limited(file.pieces) if form == "xlsx" else file.pieces


def _form_of(file: FormFile) -> Form:
    """What a part holds: as its file name ends, else as its type says, else as its first bytes look."""
    suffix = PurePosixPath(file.name).suffix.casefold()
    return _SUFFIXES.get(suffix) or FORMS.get(file.declared) or "any"


async def _limited(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A workbook is no larger in a form than by itself."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > FEED_BYTES:
            raise TooLarge(f"A workbook may have {FEED_BYTES} bytes.")
        yield piece
