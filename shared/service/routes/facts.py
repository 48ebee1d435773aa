"""The feed that sister services pull, and the operator's rebuild."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Query, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.tables import JsonObject
from shared.facts.cells import SCHEMA, FactPage
from shared.http.parameters import DEFAULT_LIST, Limit
from shared.ids import new_id
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router
from shared.service.upkeep import REBUILD
from shared.work.claims import add_work

LARGEST_SEQ = 2**63 - 1  # a bigint of PostgreSQL

_ONE_SNAPSHOT = text("set transaction isolation level repeatable read, read only")
_EPOCH = text("select epoch from fact_epoch where id = 1")
_VERSIONS = text("""
    select seq, measure, to_char(month, 'YYYY-MM') as month, place, breakdowns, source, numerator, denominator, known_at,
           provenance
      from fact_cell where seq > :after order by seq limit :limit
""")

facts_router = Router(tags=["facts"], impersonal=True)
"""Mounted by every author of facts."""


class Rebuilding(BaseModel):
    """A rebuild that was asked for; `id` is the subject of its work."""

    id: UUID
    status: str


@facts_router.get("/v1/facts", responses={200: {"model": FactPage}})
async def read_facts(
    act: Annotated[Act, may("facts.read")],
    after: Annotated[int, Query(ge=0, le=LARGEST_SEQ, description="The `next` of the page before")] = 0,
    limit: Limit = DEFAULT_LIST,
) -> Response:
    """The versions of cells behind `after`, in commit order; a new `epoch` means: start over from 0."""
    page = await facts_after(act.session, after=after, limit=limit)
    return Response(orjson.dumps(page), media_type="application/json")


@facts_router.act("/v1/operations/facts/rebuild", status_code=202)
async def rebuild(act: Annotated[Act, may("operations.write")]) -> Rebuilding:
    """Derive every fact again from the rows; watch it under `/v1/operations/work/{id}`."""
    return await ask_for_rebuild(act)


async def ask_for_rebuild(act: Act) -> Rebuilding:
    """Have the worker derive the service's facts again."""
    subject = new_id()
    await add_work(act.session, kind=REBUILD, subject=subject)
    await act.happened("facts.rebuild", resource_type="facts", resource_id=subject)
    return Rebuilding(id=subject, status="received")


async def facts_after(session: AsyncSession, *, after: int, limit: int) -> JsonObject:
    """A page of the feed, as `shared.facts.cells.FactPage` reads it. Nothing may have been read in the session before."""
    connection = await session.connection()
    # Both reads must see the same life of the feed, or a rebuild between them would mix two.
    await connection.execute(_ONE_SNAPSHOT)
    epoch: Any = (await connection.execute(_EPOCH)).scalar_one()
    rows = (await connection.execute(_VERSIONS, {"after": after, "limit": limit})).mappings()
    items = [dict(row) for row in rows]
    following = items[-1]["seq"] if len(items) == limit else None
    return {"schema": SCHEMA, "epoch": str(epoch), "items": items, "next": following}
