"""How a body is read and understood: bounded in size and silence, strict JSON, then the model, all faults at once.

Faults of form answer 400, faults of content 422. A body is read after its caller is known.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.http.answers import JSON
from shared.http.json_checks import strict_json
from shared.http.matching import check_content_type
from shared.http.validation import field_errors
from shared.problems import BadRequest, Invalid, RequestTimeout, TooLarge, UnsupportedMediaType

JSON_BYTES = 1024 * 1024
FEED_BYTES = 64 * 1024 * 1024
SILENCE_SECONDS = 30.0
LEAST_BYTES = 16 * 1024
"""What 30 seconds must bring of a body that is not at its end."""
MOST_FAULTS = 100

MERGE_PATCH = "application/merge-patch+json"

ModelT = TypeVar("ModelT", bound=BaseModel)


class RequestBody(BaseModel):
    """Base of request bodies: strict types, unknown members refused, immutable.

    identifies: whether it names a person in a service that may not keep who: then its digest is kept under a key only,
    for numbers can be tried.
    """

    identifies: ClassVar[bool] = False

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> Self:
        """What a request says. A body that may also come as a file reads it here."""
        return await read_model(request, cls, now=now)

    @classmethod
    def described(cls, media_types: Sequence[str]) -> dict[str, Any]:
        """What OpenAPI says of it: the body in its media types, and parameters that stand in its place beside a file."""
        return request_body_schema(cls, media_types)


def _refuse_change(_: object) -> object:
    raise PydanticCustomError("field.read_only", "This member cannot be changed here.")


ReadOnly = Annotated[Any, BeforeValidator(_refuse_change), WithJsonSchema({"readOnly": True})]
"""`family: ReadOnly = None`: a member that the resource has, and that this body may not name."""


async def read_json(request: Request) -> bytes:
    """The raw bytes of a body that says it is JSON, or a merge patch where something is patched (415 otherwise)."""
    check_content_type(request, (JSON, MERGE_PATCH) if request.method == "PATCH" else (JSON,))
    return await read_body(request)


async def read_model(request: Request, model: type[ModelT], *, now: datetime) -> ModelT:
    """A request's body as its model. Raises what `read_json` and `parse_json_body` raise."""
    return parse_json_body(await read_json(request), model, now=now)


def parse_json_body(raw: bytes, model: type[ModelT], *, now: datetime | None = None) -> ModelT:
    """A body as its model. Raises BadRequest (form) or Invalid (content) with every fault and its pointer.

    now: aware; when given, dates of the past are compared with it.
    """
    strict_json(raw)
    try:
        return model.model_validate_json(raw, strict=True, extra="forbid", context={"now": now})
    except ValidationError as error:
        findings = error.errors(include_url=False, include_context=False)
    # Outside the handler, so that the findings (with the values) are not chained to what is logged.
    raise Invalid(errors=field_errors(findings[:MOST_FAULTS], model))


async def read_body(
    request: Request, *, limit: int = JSON_BYTES, silence_seconds: float = SILENCE_SECONDS
) -> bytes:
    """The whole body. Raises what `body_chunks` raises."""
    chunks = [chunk async for chunk in body_chunks(request, limit=limit, silence_seconds=silence_seconds)]
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def body_chunks(
    request: Request, *, limit: int, silence_seconds: float = SILENCE_SECONDS
) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises TooLarge (declared or received), RequestTimeout (silent for 30 s), BadRequest (cut off).

    Each window must bring some of it, so that a trickle does not hold a place for ever.
    """
    _check_declared(request, limit)
    now = asyncio.get_running_loop().time
    ends, brought, more = now() + silence_seconds, 0, True
    received = 0
    while more:
        chunk, more = await _next_chunk(request, ends=ends, silence_seconds=silence_seconds)
        received += len(chunk)
        brought += len(chunk)
        if received > limit:
            raise _too_large(limit)
        if brought >= LEAST_BYTES:
            ends, brought = now() + silence_seconds, 0
        given = now()
        yield chunk
        ends += now() - given  # how long the taker took is not the sender's silence


async def _next_chunk(request: Request, *, ends: float, silence_seconds: float) -> tuple[bytes, bool]:
    """What has arrived of the body, and whether there is more to come."""
    try:
        async with asyncio.timeout_at(ends):
            message = await request.receive()
    except TimeoutError:
        raise RequestTimeout(
            f"The body brought too little in {silence_seconds:.0f} seconds.", headers={"Connection": "close"}
        ) from None
    if message["type"] == "http.disconnect":
        raise BadRequest("The body ended before its declared length.", code="body.incomplete")
    return message.get("body", b""), message.get("more_body", False)


def _check_declared(request: Request, limit: int) -> None:
    """Refuse by the headers what need not be received."""
    for name, value in request.scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or len(value) > 15 or int(value) > limit):  # noqa: PLR2004 -- a petabyte
            raise _too_large(limit)
        if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise UnsupportedMediaType(
                "Send the body without Content-Encoding.",
                code="body.encoding_unsupported",
                headers={"Accept-Encoding": "identity"},
            )


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body may have {limit} bytes.")


def request_body_schema(model: type[BaseModel], media_types: Sequence[str] = (JSON,)) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its body by itself, in any of these media types."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    return {
        "requestBody": {
            "required": True,
            "content": {
                media_type: {"schema": inline_references(schema, definitions)} for media_type in media_types
            },
        }
    }


def inline_references(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema with its `$ref`s replaced by what they name, so that it needs no other document. Cycles become `{}`."""
    if isinstance(schema, list):
        return [inline_references(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.rsplit("/", 1)[-1]
        inner = {key: value for key, value in definitions.items() if key != name}
        return inline_references(definitions.get(name, {}), inner)
    return {key: inline_references(value, definitions) for key, value in schema.items()}
