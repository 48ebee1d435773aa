"""What a legal key is, what makes two requests the same, and what is answered about a key."""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Any

import orjson
from pydantic import BaseModel

from shared.problems import BadRequest, Conflict

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


class KeyRequired(BadRequest):
    """The request needs an `Idempotency-Key` header, so that a repeat is recognised; a referral's `message_id` serves too."""

    code = "idempotency.required"
    title = "A key for repeats is needed"

    def __init__(self, detail: str = "Send an Idempotency-Key, so that a repetition has no effect.") -> None:
        super().__init__(detail)


class KeyMalformed(BadRequest):
    """There is one `Idempotency-Key` header of 1 to 255 printable ASCII characters, or none."""

    code = "idempotency.format"
    title = "The key for repeats is malformed"


class BodyMismatch(Conflict):
    """The `Idempotency-Key` or the `message_id` was used before with another body. Use a new one for new content."""

    code = "idempotency.body_mismatch"
    title = "The key belongs to another body"

    def __init__(
        self,
        detail: str = "This Idempotency-Key was used with another body.",
        *,
        location: str | None = None,
    ) -> None:
        """location: of what the first request made, for a caller who may see it."""
        super().__init__(detail, headers={"Location": location} if location else None)


class StillRunning(Conflict):
    """The first request with this key is still being worked on. Repeat it after `Retry-After` seconds."""

    code = "idempotency.in_progress"
    title = "The first request with this key is still running"

    def __init__(self) -> None:
        super().__init__(
            "Repeat the request shortly: it will be answered as the first one was.",
            headers={"Retry-After": "1"},
        )


def check_key(text: str) -> str:
    """A key of 1 to 255 printable ASCII characters. Raises KeyMalformed."""
    if 1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable():
        return text
    raise KeyMalformed("An Idempotency-Key has 1 to 255 printable ASCII characters.")


def key_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The key that a request's headers hold, None when they hold none. Raises KeyMalformed."""
    values = [value for name, value in headers if name == _HEADER]
    if len(values) > 1:
        raise KeyMalformed("There is more than one Idempotency-Key.")
    return check_key(values[0].decode("latin-1")) if values else None


def canonical_json(content: bytes) -> bytes:
    """JSON as what it says: members in order, no white space, characters composed. What is no JSON stays as it is."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content
    said = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return unicodedata.normalize("NFC", said.decode()).encode()


def digest_of(body: bytes | BaseModel) -> bytes:
    """SHA-256 of what was asked.

    Two bodies that say the same have one digest: a model drops the order of members, white space and spellings.
    """
    asked = body if isinstance(body, bytes) else body.model_dump_json(by_alias=True).encode()
    return hashlib.sha256(asked).digest()
