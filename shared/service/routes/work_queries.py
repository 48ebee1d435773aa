"""What an operator sees of the work: counts and rows that failed. No content of any subject stands in a work row."""

from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.tables import JsonObject

_COUNTS = text("""
    select kind, state, count(*) as rows, coalesce(extract(epoch from now() - min(created_at)), 0)::float as oldest_seconds
      from work where state <> 'done' or updated_at > now() - interval '1 day'
     group by kind, state order by kind, state
""")
_COLUMNS = "id, kind, subject, state, progress, attempt, crashes, error, due_at, created_at, updated_at"
_FAILED = text(f"select {_COLUMNS} from work where state = 'failed' order by updated_at desc limit :limit")  # noqa: S608 -- a constant
_ONE = text(f"""
    select {_COLUMNS} from work where id = :id or subject = :id
     order by id = :id desc, state = 'failed' desc, updated_at desc limit 1
""")  # noqa: S608 -- a constant


async def work_counts(session: AsyncSession) -> list[JsonObject]:
    """How many rows of each kind stand in each state, and how old the oldest is, in seconds."""
    return await _rows(session, _COUNTS, {})


async def failed_work(session: AsyncSession, *, limit: int) -> list[JsonObject]:
    """The rows set aside, newest first."""
    return await _rows(session, _FAILED, {"limit": limit})


async def work_row(session: AsyncSession, work: UUID) -> JsonObject | None:
    """One row by its own id, else its subject's: of several kinds the one set aside, else the latest."""
    rows = await _rows(session, _ONE, {"id": work})
    return rows[0] if rows else None


async def _rows(session: AsyncSession, statement: TextClause, parameters: JsonObject) -> list[JsonObject]:
    result = await (await session.connection()).execute(statement, parameters)
    return [dict(row._mapping) for row in result]  # noqa: SLF001 -- SQLAlchemy's documented accessor
