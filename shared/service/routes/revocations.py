"""What an operator does about a token or client that is no longer to be trusted."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response

from shared.auth.caller import Caller
from shared.auth.tables import Revocation
from shared.http.answers import json_answer
from shared.http.bodies import json_body, request_body_schema
from shared.problems import BadRequest, Forbidden, Invalid, Unauthenticated, UnsupportedMediaType, responses
from shared.service.deps import PlatformOf, Session
from shared.service.guard import Requires
from shared.service.routes.revocation_queries import every_revocation
from shared.service.routes.revocation_schemas import RevocationRequest
from shared.service.routes.revoking import revoke_access

revocations_router = APIRouter(prefix="/v1/operations/revocations", tags=["operations"])

Operator = Annotated[Caller, Requires("operations.write")]


@revocations_router.get("", responses=responses(Unauthenticated, Forbidden))
async def list_revocations(caller: Operator, session: Session) -> dict[str, Any]:  # noqa: ARG001 -- the scope is the point
    """Every client and token that this service refuses."""
    return {"items": [_shown(row) for row in await every_revocation(session)]}


@revocations_router.post(
    "",
    status_code=201,
    responses={
        200: {"content": {"application/json": {}}, "description": "It was refused before"},
        **responses(Unauthenticated, Forbidden, BadRequest, Invalid, UnsupportedMediaType),
    },
    openapi_extra=request_body_schema(RevocationRequest),
)
async def revoke(
    caller: Operator,
    body: Annotated[RevocationRequest, json_body(RevocationRequest)],
    session: Session,
    platform: PlatformOf,
) -> Response:
    """Refuse a client or a token in this service, within twenty seconds in all its processes. Repeating it changes nothing."""
    row, is_new = await revoke_access(session, body, caller=caller, now=platform.clock())
    return json_answer(_shown(row), status=201 if is_new else 200)


def _shown(row: Revocation) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude_none=True)
