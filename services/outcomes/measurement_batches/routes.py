"""`POST /v1/measurements/batch`: a line each, as newline-delimited JSON."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from services.outcomes.measurement_batches.actions import answer_lines, store_batch
from services.outcomes.measurement_batches.checking import checked_batch
from services.outcomes.measurement_batches.rules import BATCH_BYTES, lines_of
from services.outcomes.measurement_batches.schemas import BatchLine, LineAnswer
from services.outcomes.measurements.places import desk_of
from services.outcomes.measurements.sight import WRITE
from shared.auth.caller import Caller
from shared.http.bodies import body_chunks, request_body_schema
from shared.http.matching import check_content_type
from shared.idempotency.keys import KEY_PARAMETER, KeyMalformed, StillRunning, key_of
from shared.problems import (
    Forbidden,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.guard import Requires
from shared.service.platform import Platform

NDJSON: Final = "application/x-ndjson"
BYTES: Final = "application/octet-stream"
MEDIA_TYPES: Final = (NDJSON, "application/ndjson", "application/jsonl", BYTES)
_BINARY: Final = {"type": "string", "format": "binary"}
_BODY: Final = request_body_schema(BatchLine, (NDJSON,))["requestBody"]
_DESCRIBED: Final[dict[str, Any]] = {
    "requestBody": {
        **_BODY,
        # A client that was generated sends a file, and reads one.
        "content": {**_BODY["content"], BYTES: {"schema": _BINARY}},
    }
}
_KEY: Final = {
    **KEY_PARAMETER,
    "description": "Of the whole batch: it makes a key for each line that has none, of the line's number. "
    "Lines with keys of their own may be sent again in any order.",
}
_TOLD: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "What became of each line",
        "content": {NDJSON: {"schema": LineAnswer.model_json_schema()}, BYTES: {"schema": _BINARY}},
    }
}

router = APIRouter(tags=["measurements"])


# Not an ordinary act: lines are checked while they arrive, and no connection waits for them.
@router.post(
    "/v1/measurements/batch",
    response_class=StreamingResponse,
    openapi_extra={**_DESCRIBED, "parameters": [_KEY]},
    responses=_TOLD
    | responses(
        Unauthenticated,
        Forbidden,
        KeyMalformed,
        StillRunning,
        TooLarge,
        UnsupportedMediaType,
        RequestTimeout,
    ),
)
async def record_batch(request: Request, caller: Annotated[Caller, Requires(WRITE)]) -> StreamingResponse:
    """Record up to 100,000 measurements, a line each: good lines are stored, bad ones named, all in one transaction.

    The order of lines does not matter: a repeat may stand before its first. More lines are refused, and nothing is stored.
    A line with a `key` that was sent before brings what it brought then.
    """
    platform: Platform = request.app.state.platform
    check_content_type(request, MEDIA_TYPES)
    key = key_of(request.scope["headers"])
    desk = desk_of(platform, request.app.state.instruments, caller, now=platform.clock())
    batch = await checked_batch(desk, lines_of(body_chunks(request, limit=BATCH_BYTES)), key=key)
    storing: asyncio.Semaphore = request.app.state.batches
    async with storing:
        await store_batch(desk, batch)
    platform.nudges.ring(("facts",))
    media_type = BYTES if request.headers.get("accept") == BYTES else NDJSON
    return StreamingResponse(answer_lines(batch), media_type=media_type)
