"""`Content-Digest` (RFC 9530): what the sender says the body's digest is, so that a file damaged on its way is not taken."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

from shared.problems import BadRequest, Invalid

_ALGORITHMS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_MEMBER: Final = re.compile(r"(?P<name>[a-z*][a-z0-9_.*-]*)(?:=(?P<value>[^;]*))?(?:;.*)?", re.ASCII)
_BYTES: Final = re.compile(r":([A-Za-z0-9+/]*={0,2}):", re.ASCII)
_MALFORMED: Final = "Content-Digest is written sha-256=:…:, the digest in base64 between colons."


def stated_digests(headers: Sequence[str]) -> dict[str, bytes]:
    """The digests that headers state, by algorithm; algorithms that nobody here knows are left aside.

    Raises BadRequest (header.format) for a header that is not written as the standard has it.
    """
    stated: dict[str, bytes] = {}
    for member in (part.strip() for header in headers for part in header.split(",")):
        found = _MEMBER.fullmatch(member)
        if found is None:
            raise BadRequest(_MALFORMED, code="header.format")
        if found["name"] in _ALGORITHMS:
            stated[found["name"]] = _digest(found["name"], found["value"] or "")
    return stated


def check_digests(body: bytes, stated: Mapping[str, bytes]) -> None:
    """Raises Invalid (file.digest) where a stated digest is not the body's. For a thread: 64 MiB take their time."""
    for name, digest in stated.items():
        if not hmac.compare_digest(_ALGORITHMS[name](body).digest(), digest):
            raise Invalid(
                f"The body's {name} digest is not the one that Content-Digest states: it changed on its way. "
                "Send it again.",
                code="file.digest",
            )


def _digest(name: str, value: str) -> bytes:
    found = _BYTES.fullmatch(value.strip())
    try:
        digest = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != _ALGORITHMS[name]().digest_size:
        raise BadRequest(_MALFORMED, code="header.format")
    return digest
