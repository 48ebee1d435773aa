"""What an operator sees of background work, and the retry of what was set aside. No content of any subject is shown."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.http.parameters import Limit, PathId
from shared.problems import Conflict, NotFound
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router
from shared.work.claims import revive
from shared.work.tables import Work

work_router = Router(prefix="/v1/operations/work", tags=["operations"], impersonal=True)
Operator = Annotated[Act, may("operations.write")]
FAILED_SHOWN = 100

_COUNTS = text("""
    select kind, state, count(*) as rows, coalesce(extract(epoch from now() - min(created_at)), 0)::float as oldest_seconds
      from work where state <> 'done' or updated_at > now() - interval '1 day'
     group by kind, state order by kind, state
""")


class WorkCount(BaseModel):
    """How many rows of a kind stand in a state, and how old the oldest is."""

    kind: str
    state: str
    rows: int
    oldest_seconds: float


class WorkAnswer(BaseModel, from_attributes=True):
    """One row of work."""

    id: UUID
    kind: str
    subject: UUID
    state: str
    progress: float
    attempt: int
    crashes: int
    error: str | None
    due_at: datetime
    created_at: datetime
    updated_at: datetime


class Standing(BaseModel):
    """What waits for people: `unrouted`, open referrals that belong to no community's list."""

    name: str = Field(examples=["unrouted"])
    rows: int
    oldest_seconds: float


class WorkOverview(BaseModel):
    """What there is to do, what was set aside, newest first, and what waits for people."""

    counts: list[WorkCount]
    failed: list[WorkAnswer]
    standing: list[Standing]


class Revived(BaseModel):
    """A row that is tried again."""

    id: UUID
    status: str


@work_router.get("")
async def read_work(act: Operator, request: Request, limit: Limit = FAILED_SHOWN) -> WorkOverview:
    """Counts by kind and state with the age of the oldest, the newest rows set aside, and what waits for people."""
    connection = await act.session.connection()
    counts = (await connection.execute(_COUNTS)).mappings()
    waiting = [
        Standing(name=name, **(await connection.execute(text(statement))).mappings().one())
        for name, statement in request.app.state.standing.items()
    ]
    newest = select(Work).where(col(Work.state) == "failed").order_by(col(Work.updated_at).desc())
    failed = await act.session.exec(newest.limit(limit))
    return WorkOverview(
        counts=[WorkCount(**row) for row in counts],
        failed=[WorkAnswer.model_validate(row) for row in failed],
        standing=waiting,
    )


@work_router.get("/{work}")
async def read_work_row(act: Operator, work: PathId) -> WorkAnswer:
    """One row, by its own id or its subject's."""
    return WorkAnswer.model_validate(await work_row(act.session, work))


@work_router.act("/{work}/retry", status_code=202, problems=(Conflict,))
async def retry_work(act: Operator, work: PathId) -> Revived:
    """Let a row that was set aside be tried again."""
    row = await work_row(act.session, work)
    if not await revive(act.session, row.id):
        raise Conflict("Only work that was set aside can be retried.", code="state.transition")
    await act.happened("work.retry", resource_type="work", resource_id=row.id)
    return Revived(id=row.id, status="received")


async def work_row(session: AsyncSession, work: UUID) -> Work:
    """A row by its own id, else its subject's: of several kinds the one set aside, else the latest. Raises NotFound."""
    found = (
        select(Work)
        .where(or_(col(Work.id) == work, col(Work.subject) == work))
        .order_by(
            (col(Work.id) == work).desc(), (col(Work.state) == "failed").desc(), col(Work.updated_at).desc()
        )
    )
    row = (await session.exec(found.limit(1))).first()
    if row is None:
        raise NotFound
    return row
