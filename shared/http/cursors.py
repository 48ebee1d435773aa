"""The cursor of a list: opaque, signed, good only for the list, the client and the filters it was given for."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from shared.problems import BadRequest

_MAC_BYTES = 16
_FILTER_BYTES = 8


def encode_cursor(
    key: bytes, *, of: str, client: str, filters: Mapping[str, object], position: Sequence[Any]
) -> str:
    """A cursor that continues after `position` (JSON values: the sort key of the last item shown).

    of: the list's name. Each list sorts by something else, so a position of one means nothing in another.
    """
    payload = orjson.dumps([_digest(filters), list(position)], default=str)
    return base64.urlsafe_b64encode(_mac(key, of, client, payload) + payload).decode().rstrip("=")


def decode_cursor(
    key: bytes, cursor: str, *, of: str, client: str, filters: Mapping[str, object]
) -> list[Any]:
    """The position in a cursor. BadRequest `query.cursor` when it was not made for this list and client, or
    `query.cursor_filter_mismatch` when the filters have changed since.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    mac, payload = content[:_MAC_BYTES], content[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, of, client, payload)):
        raise _unreadable()
    digest, position = orjson.loads(payload)
    if digest != _digest(filters):
        raise BadRequest(
            "The cursor belongs to other filters; begin again without it.",
            code="query.cursor_filter_mismatch",
        )
    return list(position)


def _digest(filters: Mapping[str, object]) -> str:
    """A short digest of the filters, whatever their order; None is a filter that is not set."""
    given = {name: str(value) for name, value in filters.items() if value is not None}
    return hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()[: _FILTER_BYTES * 2]


def _mac(key: bytes, of: str, client: str, payload: bytes) -> bytes:
    bound = b"".join(len(part).to_bytes(4) + part for part in (of.encode(), client.encode()))
    return hmac.digest(key, bound + payload, "sha256")[:_MAC_BYTES]


def _unreadable() -> BadRequest:
    return BadRequest(
        "The cursor is not one that this list gave you; begin again without it.", code="query.cursor"
    )
