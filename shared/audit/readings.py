"""Writing the audit rows of readings together: whoever waits at the same time shares one statement and one commit.

A reading changes nothing, so its row stands in no transaction but its own. It is committed before anybody is told of what was read.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Unpack

import asyncpg

from shared.audit.recording import audit_insert_many, audit_values
from shared.audit.signing import About, AuditSigner
from shared.auth.caller import Caller
from shared.db.engine import UNCERTAIN, Database

MOST_TOGETHER = 200
"""Rows of one statement: a page of a list each, so that they stay below some megabytes."""

_INSERT_MANY = audit_insert_many()


class _Waiting(NamedTuple):
    """A row's values, and what its reader waits for."""

    values: tuple[object, ...]
    written: "asyncio.Future[None]"


class Readings:
    """Records readings for one process. Nothing is held back: the first of several begins at once, the others follow together."""

    def __init__(self, database: Database, signer: AuditSigner) -> None:
        self._database = database
        self._signer = signer
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, *, caller: Caller | None, event: str, **about: Unpack[About]) -> None:
        """Write the row of a reading and return once it is committed; hold no connection meanwhile.

        Raises what the driver raises (`DATABASE_LOSSES`) where it is not known to be committed: then nobody may be told.
        """
        values = audit_values(self._signer, caller=caller, event=event, **about)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(values, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="readings")
        await written

    async def close(self) -> None:
        """Stop writing; whoever still waits is told that nothing is known of the row."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing
        _fail(self._waiting, _ended())
        self._waiting = []

    async def _write_all(self) -> None:
        """Write until nobody waits. Rows that come while a statement runs are the next one's."""
        try:
            while self._waiting:
                together = self._waiting[:MOST_TOGETHER]
                del self._waiting[:MOST_TOGETHER]
                await self._write(together)
        finally:
            self._writing = None

    async def _write(self, together: Sequence[_Waiting]) -> None:
        try:
            async with self._database.connection() as connection:
                await connection.execute(_INSERT_MANY, *_columns(together))
        except Exception as error:  # noqa: BLE001 -- whatever it is belongs to those who wait
            if len(together) == 1 or isinstance(error, UNCERTAIN):
                _fail(together, error)
            else:
                # Nothing was written. A row that the server refuses must not take its neighbours with it.
                for one in together:
                    await self._write([one])
            return
        except BaseException:
            _fail(together, _ended())
            raise
        for one in together:
            if not one.written.done():
                one.written.set_result(None)


def _columns(together: Sequence[_Waiting]) -> list[tuple[Any, ...]]:
    """The rows as the statement takes them: one list a column."""
    return list(zip(*(one.values for one in together), strict=True))


def _ended() -> BaseException:
    """What a reader is told when the process ends: the same as when its connection is lost."""
    ended: BaseException = asyncpg.InterfaceError("the process ends")
    return ended


def _fail(together: Sequence[_Waiting], error: BaseException) -> None:
    for one in together:
        if not one.written.done():
            one.written.set_exception(error)
