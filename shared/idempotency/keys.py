"""What a legal key is, which route it belongs to, and what makes two requests the same."""

import hashlib
from typing import Annotated

from fastapi import Depends, Request

from shared.problems import BadRequest, Conflict

LONGEST_KEY = 255
_HEADER = b"idempotency-key"


def check_key(text: str) -> str:
    """A key of 1 to 255 printable ASCII characters. Raises BadRequest `idempotency.format`."""
    if 1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable():
        return text
    raise BadRequest("An Idempotency-Key has 1 to 255 printable ASCII characters.", code="idempotency.format")


def route_of(request: Request) -> str:
    """The route a key belongs to: the method and the concrete path (a path holds ids, never a person's data)."""
    return f"{request.method} {request.url.path}"


def digest_of(body: bytes) -> bytes:
    """SHA-256 of what was asked."""
    return hashlib.sha256(body).digest()


def key_of(request: Request) -> str | None:
    """The request's key, None when it has none. Raises BadRequest `idempotency.format`."""
    values = [value for name, value in request.scope["headers"] if name == _HEADER]
    if len(values) > 1:
        raise BadRequest("There is more than one Idempotency-Key.", code="idempotency.format")
    return check_key(values[0].decode("latin-1")) if values else None


async def _optional(request: Request) -> str | None:
    return key_of(request)


async def _required(request: Request) -> str:
    key = key_of(request)
    if key is None:
        raise BadRequest(
            "Send an Idempotency-Key, so that a repetition has no effect.", code="idempotency.required"
        )
    return key


IdempotencyKey = Annotated[str | None, Depends(_optional)]
"""The request's key, None when it has none."""
RequiredIdempotencyKey = Annotated[str, Depends(_required)]
"""The request's key; BadRequest `idempotency.required` when it has none."""


def body_mismatch() -> Conflict:
    """The key was used for something else."""
    return Conflict("This Idempotency-Key was used with another body.", code="idempotency.body_mismatch")


def in_progress() -> Conflict:
    """The first request with this key has not ended within two seconds."""
    return Conflict(
        "The first request with this Idempotency-Key is still running.",
        code="idempotency.in_progress",
        headers={"Retry-After": "1"},
    )
