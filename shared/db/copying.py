"""Many rows at once by COPY, within a session's transaction."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlmodel.ext.asyncio.session import AsyncSession

ROWS_AT_ONCE: Final = 50_000
"""So many rows are a command: a busy server takes a few seconds for them, and no command may have more."""


async def copy_rows(session: AsyncSession, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of a table, each with the same columns in the driver's types. What an insert takes a minute for takes a second."""
    if not rows:
        return
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    columns = list(rows[0])
    values = itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)
    for at in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[at : at + ROWS_AT_ONCE]
        await driver.copy_records_to_table(table, columns=columns, records=map(values, part))
