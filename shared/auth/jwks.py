"""Where the public keys come from: the local key, a file, or the identity provider's address.

Keys are read again when an unknown key id appears and otherwise every five minutes, but never more than once a minute, or
once a second until they were read for the first time; while the source does not answer, the keys known so far stay good.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.http.outgoing import outgoing
from shared.problems import Unavailable

log = structlog.get_logger()

LoadKeys = Callable[[], Awaitable[KeySet]]

REFETCH_SECONDS = 60.0
FIRST_REFETCH_SECONDS = 1.0
REFRESH_SECONDS = 300.0
FETCH_TIMEOUT = httpx.Timeout(2.0, connect=1.0)
FETCH_BYTES = 256 * 1024


class KeyStore:
    """The current public keys of one issuer."""

    def __init__(self, load: LoadKeys) -> None:
        self._load = load
        self._keys: KeySet | None = None
        self._tried_at = -REFRESH_SECONDS
        self._lock = asyncio.Lock()

    async def warm_up(self) -> None:
        """Read the keys before the first token needs them; whether they could be read, the first token tells."""
        await self._refresh()

    async def keys_for(self, kid: str | None) -> KeySet:
        """The keys, read anew when `kid` is not among them. Raises Unavailable when none were ever read."""
        age = time.monotonic() - self._tried_at
        known = set() if self._keys is None else {key.kid for key in self._keys.keys}
        is_stale = age > REFRESH_SECONDS or (kid is not None and kid not in known)
        if self._keys is None or (is_stale and age > REFETCH_SECONDS):
            await self._refresh()
        if self._keys is None:
            raise Unavailable("The identity provider's keys cannot be read.", retry_after=10)
        return self._keys

    async def _refresh(self) -> None:
        async with self._lock:
            wait = FIRST_REFETCH_SECONDS if self._keys is None else REFETCH_SECONDS
            if time.monotonic() - self._tried_at < wait:
                return
            try:
                self._keys = await self._load()
            except (httpx.HTTPError, OSError, ValueError, JoseError) as error:
                log.warning("jwks.unreadable", error=type(error).__name__)
            finally:
                self._tried_at = time.monotonic()


def fixed_keys(keys: KeySet) -> LoadKeys:
    """A source that always gives these keys."""

    async def load() -> KeySet:
        return keys

    return load


def keys_at(location: str, *, proxy: str | None = None) -> LoadKeys:
    """The source that `ICC_JWKS` names: an http(s) address, asked through a proxy where one is set, or a file."""
    if location.startswith(("http://", "https://")):
        return _from_url(location, proxy)
    path = Path(location.removeprefix("file://"))

    async def load() -> KeySet:
        return _parse(await asyncio.to_thread(path.read_bytes))

    return load


def _from_url(url: str, proxy: str | None) -> LoadKeys:
    async def load() -> KeySet:
        async with (
            asyncio.timeout(5),
            httpx.AsyncClient(
                **outgoing(proxy=proxy), timeout=FETCH_TIMEOUT, follow_redirects=False
            ) as client,
            client.stream("GET", url, headers={"Accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            content = b""
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > FETCH_BYTES:
                    raise ValueError("the key set is too large")
            return _parse(content)

    return load


def _parse(content: bytes) -> KeySet:
    """The signature keys of a JWKS document; keys of kinds that are not used here are left out."""
    document = json.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a key set")  # noqa: TRY004 -- the document is wrong, not a type of ours
    usable = [
        key
        for key in document["keys"]
        if isinstance(key, dict) and key.get("kty") in {"EC", "RSA", "OKP"} and key.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": usable})
