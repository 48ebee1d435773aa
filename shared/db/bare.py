"""Statements written by hand that an act runs in its session's transaction, without the library between it and the driver.

A statement through the library costs the process a tenth to a fifth of a millisecond beside the round trip, and an act
has a dozen of them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_BEGIN = text("select 1")
_DRIVER = "bare-driver"
"""Under this key a session keeps its bare connection, with the transaction in which that is its own."""


class Bare:
    """One statement, whose parameters are named `:name`. It is made once, with the module that runs it."""

    def __init__(self, sql: str) -> None:
        self._names = list(dict.fromkeys(_NAME.findall(sql)))
        places = {name: f"${number}" for number, name in enumerate(self._names, start=1)}
        self._sql = _NAME.sub(lambda found: places[found[1]], sql)

    async def rows(self, session: AsyncSession, given: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """What it returns, in the session's transaction. What the session has not written yet it does not see.

        Raises what the driver raises.
        """
        driver = await driver_of(session)
        found: Sequence[Mapping[str, Any]] = await driver.fetch(
            self._sql, *[given[name] for name in self._names]
        )
        return found


async def driver_of(session: AsyncSession) -> Any:
    """The bare connection of a session, in its transaction."""
    under_way = session.sync_session.get_transaction()
    known: tuple[object, Any] | None = session.info.get(_DRIVER)
    if known is not None and known[0] is under_way:
        return known[1]
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session's connection is closed")
    if not driver.is_in_transaction():
        await connection.execute(_BEGIN)  # the library begins it with its own first statement
    session.info[_DRIVER] = (session.sync_session.get_transaction(), driver)
    return driver
