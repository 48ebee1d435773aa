"""Whether a body arrived undamaged: `Content-Digest` (RFC 9530) is what the sender says its digest is."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from typing import Final

from shared.problems import BadRequest, Invalid

_ALGORITHMS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_MEMBER: Final = re.compile(r"(?P<name>[a-z*][a-z0-9_.*-]*)(?:=(?P<value>[^;]*))?(?:;.*)?", re.ASCII)
_BYTES: Final = re.compile(r":([A-Za-z0-9+/]*={0,2}):", re.ASCII)
_MALFORMED: Final = "Content-Digest is written sha-256=:…:, the digest in base64 between colons."


def stated_digests(headers: Sequence[str]) -> dict[str, bytes]:
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


def check_digests(body: bytes, stated: Mapping[str, bytes]) -> None:
    """Raises Invalid (file.digest) where a stated digest is not the body's. For a thread: 64 MiB take their time."""
    for name, digest in stated.items():
        _compare(name, _ALGORITHMS[name](body).digest(), digest)


async def as_stated(chunks: AsyncIterable[bytes], stated: Mapping[str, bytes]) -> AsyncIterator[bytes]:
    """A body as it arrives. Raises Invalid (file.digest) at its end where a stated digest is not its own."""
    found = {name: _ALGORITHMS[name]() for name in stated}
    async for chunk in chunks:
        for one in found.values():
            one.update(chunk)
        yield chunk
    for name, digest in stated.items():
        _compare(name, found[name].digest(), digest)


def _compare(name: str, found: bytes, stated: bytes) -> None:
    if not hmac.compare_digest(found, stated):
        raise Invalid(
            f"The body's {name} digest is not the one that Content-Digest states: it changed on its way. Send it again.",
            code="file.digest",
        )
