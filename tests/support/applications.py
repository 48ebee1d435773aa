"""The three applications of a test process: started once, lent to one test at a time, without memory of the last."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.databases import Databases, Lent
from tests.support.running import Running, running


@dataclass(frozen=True, slots=True)
class Started:
    """An application, its database, and what stops it."""

    running: Running
    database: Lent
    stop: AsyncExitStack


class Applications:
    """Each service's application on a database of its own, started when a test first asks for it."""

    def __init__(self, databases: Databases, data_dir: Path) -> None:
        self._databases = databases
        self._data_dir = data_dir
        self._idle: dict[str, Started] = {}

    @asynccontextmanager
    async def lend(self, service: str) -> AsyncIterator[Running]:
        """The running application of a service, on an empty database and with nothing remembered."""
        started = self._idle.pop(service, None) or await self._start(service)
        try:
            yield started.running
        finally:
            if await started.database.empty():
                await forget(started.running)
                self._idle[service] = started
            else:
                await started.stop.aclose()
                await self._databases.drop(started.database)

    async def close(self) -> None:
        """Stop every application."""
        for started in self._idle.values():
            await started.stop.aclose()

    async def _start(self, service: str) -> Started:
        database = await self._databases.take(service)
        stop = AsyncExitStack()
        application = running(service, database_url=database.url, data_dir=self._data_dir)
        return Started(await stop.enter_async_context(application), database, stop)


async def forget(service: Running) -> None:
    """Let an application forget what it knows of rows that are gone, and its client who was signed in."""
    service.client.cookies.clear()
    platform = service.platform
    platform.tokens._remembered.clear()
    await platform.tokens.revocations.refresh(platform.database)
    shutil.rmtree(service.data_dir / "audit-anchors", ignore_errors=True)
    if service.service == "trajectories":
        reporting = service.app.state.reporting
        reporting.kept.clear()
        await reporting.version.ask()
