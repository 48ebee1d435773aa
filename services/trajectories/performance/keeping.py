"""Rendered answers that one process keeps, and the version of the facts that says until when they are true."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import structlog
from cachetools import LRUCache

from services.trajectories.performance.queries import served_version
from shared.db.engine import Database

ASK_SECONDS = 0.3
STALE_SECONDS = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer's bytes and the headers that go with them.

    exported: what the audit says of an answer with exact figures, its format among it; None for every other one.
    """

    body: bytes
    headers: dict[str, str]
    exported: Mapping[str, object] | None = None

    @property
    def etag(self) -> str:
        """The entity tag of the bytes."""
        return self.headers["ETag"]


def rendered_of(
    body: bytes,
    content_type: str,
    *,
    name: str | None = None,
    exported: Mapping[str, object] | None = None,
) -> Rendered:
    """Bytes with their headers. name: of a file that somebody takes away.   exported: as of `Rendered`."""
    headers = {
        "Content-Type": content_type,
        # Made of the content: equal answers have equal tags, in every process and after a rebuild.
        "ETag": f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"',
        "Cache-Control": "private",
        "Vary": "Authorization, Accept",
    }
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Rendered(body, headers, exported)


class KeptAnswers(LRUCache[Hashable, Rendered]):
    """The answers last used, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes, getsizeof=lambda answer: len(answer.body))

    def keep(self, key: Hashable, answer: Rendered) -> None:
        """Keep an answer; the least lately used make room. One that is larger than a quarter of all is not kept."""
        if len(answer.body) <= self.maxsize // 4:
            self[key] = answer


class ServedVersion:
    """The version of the facts as this process last heard of it."""

    def __init__(
        self,
        database: Database,
        changed: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._changed = changed
        self._clock = clock
        self._version: int | None = None
        self._heard = 0.0

    @property
    def current(self) -> int | None:
        """The version, None when this process has not heard of it lately."""
        fresh = self._clock() - self._heard < STALE_SECONDS
        return self._version if fresh else None

    def forget(self) -> None:
        """Serve nothing that was kept until the database was asked again."""
        self._heard = -STALE_SECONDS

    async def ask(self) -> None:
        """Ask the database once."""
        asked = self._clock()
        version = await served_version(self._database)
        self._heard = asked
        if version != self._version:
            self._version = version
            self._changed()

    async def follow(self) -> None:
        """Ask for ever; losses are for the requests to report."""
        while True:
            try:
                await self.ask()
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next round asks again
                log.debug("version.unknown", error=type(error).__name__)
            await asyncio.sleep(ASK_SECONDS)
