"""The feed that sister services pull, and the operator's rebuild."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from shared.audit import record
from shared.auth import Caller
from shared.facts.cells import SCHEMA
from shared.http.query import DEFAULT_LIST, Limit
from shared.ids import new_id
from shared.problems import Forbidden, Unauthenticated, responses
from shared.service.deps import Session
from shared.service.fact_work import REBUILD
from shared.service.guard import Requires
from shared.service.routes.fact_queries import feed_epoch, hold_snapshot, versions_after
from shared.work.claims import add_work

LARGEST_SEQ = 2**63 - 1  # a bigint of PostgreSQL


def facts_router() -> APIRouter:
    """The routes every author of facts has."""
    router = APIRouter(tags=["facts"])
    router.get("/v1/facts", responses=responses(Unauthenticated, Forbidden))(read_facts)
    router.post(
        "/v1/operations/facts/rebuild", status_code=202, responses=responses(Unauthenticated, Forbidden)
    )(rebuild)
    return router


async def read_facts(
    session: Session,
    caller: Annotated[Caller, Requires("facts.read")],  # noqa: ARG001 -- the scope is the point
    after: Annotated[int, Query(ge=0, le=LARGEST_SEQ)] = 0,
    limit: Limit = DEFAULT_LIST,
) -> Response:
    """The versions of cells behind `after`, in commit order; a new `epoch` means: start over from 0."""
    # Both reads must see the same life of the feed, or a rebuild between them would mix two.
    await hold_snapshot(session)
    epoch = await feed_epoch(session)
    items = await versions_after(session, after=after, limit=limit)
    page = {
        "schema": SCHEMA,
        "epoch": str(epoch),
        "items": items,
        "next": items[-1]["seq"] if len(items) == limit else None,
    }
    return Response(orjson.dumps(page), media_type="application/json")


async def rebuild(
    session: Session, caller: Annotated[Caller, Requires("operations.write")]
) -> dict[str, Any]:
    """Derive every fact again from the rows; watch it under `/v1/operations/work/{id}`."""
    subject = new_id()
    await add_work(session, kind=REBUILD, subject=subject)
    record(session, caller=caller, event="facts.rebuild", resource_type="facts", resource_id=str(subject))
    return {"id": str(subject), "status": "received"}
