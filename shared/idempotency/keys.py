"""What a legal key is, which route it belongs to, and what makes two requests the same."""

import hashlib
from typing import TYPE_CHECKING, Any

from shared.idempotency.errors import KeyMalformed

if TYPE_CHECKING:
    from starlette.requests import Request

LONGEST_KEY = 255
KEY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 printable ASCII characters, yours alone: a repeat with the same body gets the first answer,"
    " marked `Idempotent-Replayed: true`, for seven days; another body is refused with 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
    "example": "8e5fc76d-e1cf-4004-b4b3-5717a5807e86",
}
"""The header as the OpenAPI document shows it, for `openapi_extra["parameters"]`."""
_HEADER = b"idempotency-key"


def check_key(text: str) -> str:
    """A key of 1 to 255 printable ASCII characters. Raises KeyMalformed."""
    if 1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable():
        return text
    raise KeyMalformed("An Idempotency-Key has 1 to 255 printable ASCII characters.")


def route_of(request: "Request") -> str:
    """The route a key belongs to: the method and the concrete path (a path holds ids, never a person's data)."""
    return f"{request.method} {request.url.path}"


def digest_of(body: bytes) -> bytes:
    """SHA-256 of what was asked."""
    return hashlib.sha256(body).digest()


def key_of(request: "Request") -> str | None:
    """The request's key, None when it has none. Raises KeyMalformed."""
    values = [value for name, value in request.scope["headers"] if name == _HEADER]
    if len(values) > 1:
        raise KeyMalformed("There is more than one Idempotency-Key.")
    return check_key(values[0].decode("latin-1")) if values else None
