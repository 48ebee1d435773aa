"""What an operator does about a token or client that is no longer to be trusted."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import col, select

from shared.audit.recording import record
from shared.auth.caller import Caller
from shared.auth.guard import Requires
from shared.auth.schemas import RevocationRequest
from shared.auth.tables import Revocation
from shared.http.answers import json_answer
from shared.http.bodies import json_body, request_body_schema
from shared.http.deps import PlatformOf, Session
from shared.ids import new_id
from shared.problems import BadRequest, Forbidden, Invalid, Unauthenticated, UnsupportedMediaType, responses

revocations_router = APIRouter(prefix="/v1/operations/revocations", tags=["operations"])

Operator = Annotated[Caller, Requires("operations.write")]


@revocations_router.get("", responses=responses(Unauthenticated, Forbidden))
async def list_revocations(caller: Operator, session: Session) -> dict[str, Any]:  # noqa: ARG001 -- the scope is the point
    """Every client and token that this service refuses."""
    rows = await session.exec(select(Revocation).order_by(col(Revocation.revoked_at), col(Revocation.id)))
    return {"items": [_shown(row) for row in rows]}


@revocations_router.post(
    "",
    status_code=201,
    responses=responses(Unauthenticated, Forbidden, BadRequest, Invalid, UnsupportedMediaType),
    openapi_extra=request_body_schema(RevocationRequest),
)
async def revoke(
    caller: Operator,
    body: Annotated[RevocationRequest, json_body(RevocationRequest)],
    session: Session,
    platform: PlatformOf,
) -> Response:
    """Refuse a client or a token in this service, within twenty seconds in all its processes. Repeating it changes nothing."""
    target = (
        col(Revocation.client) == body.client if body.client else col(Revocation.token_id) == body.token_id
    )
    found = (await session.exec(select(Revocation).where(target))).first()
    if found is not None:
        return json_answer(_shown(found))
    row = Revocation(
        id=new_id(),
        client=body.client,
        token_id=body.token_id,
        reason=body.reason,
        revoked_by=caller.client,
        revoked_at=platform.clock(),
    )
    session.add(row)
    record(
        session, caller=caller, event="access.revoked", resource_type="revocation", resource_id=str(row.id)
    )
    await session.flush()
    return json_answer(_shown(row), status=201)


def _shown(row: Revocation) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude_none=True)
