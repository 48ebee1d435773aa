"""What an operator sees of background work, and the retry of what was set aside. Content-blind."""

from typing import Annotated, Any

from fastapi import APIRouter

from shared.audit import record
from shared.auth import Caller
from shared.http.path_ids import PathId
from shared.problems import Conflict, Forbidden, NotFound, Unauthenticated, responses
from shared.service.deps import Session
from shared.service.guard import Requires
from shared.service.routes.work_queries import failed_work, work_counts, work_row
from shared.work.claims import revive

work_router = APIRouter(prefix="/v1/operations/work", tags=["operations"])
Operator = Annotated[Caller, Requires("operations.write")]
FAILED_SHOWN = 100


@work_router.get("", responses=responses(Unauthenticated, Forbidden))
async def read_work(session: Session, caller: Operator) -> dict[str, Any]:  # noqa: ARG001 -- the scope is the point
    """Counts by kind and state with the age of the oldest, and the rows set aside."""
    return {"counts": await work_counts(session), "failed": await failed_work(session, limit=FAILED_SHOWN)}


@work_router.get("/{work}", responses=responses(Unauthenticated, Forbidden, NotFound))
async def read_work_row(session: Session, caller: Operator, work: PathId) -> dict[str, Any]:  # noqa: ARG001 -- as above
    """One row, by its own id or its subject's."""
    row = await work_row(session, work)
    if row is None:
        raise NotFound
    return row


@work_router.post(
    "/{work}/retry", status_code=202, responses=responses(Unauthenticated, Forbidden, NotFound, Conflict)
)
async def retry_work(session: Session, caller: Operator, work: PathId) -> dict[str, Any]:
    """Let a row that was set aside be tried again."""
    row = await work_row(session, work)
    if row is None:
        raise NotFound
    if not await revive(session, row["id"]):
        raise Conflict("Only work that was set aside can be retried.", code="state.transition")
    record(session, caller=caller, event="work.retry", resource_type="work", resource_id=str(row["id"]))
    return {"id": str(row["id"]), "status": "received"}
