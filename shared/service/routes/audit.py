"""Reading the audit, which is itself audited."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from shared.audit.recording import record
from shared.auth.caller import Caller
from shared.http.cursors import decode_cursor, encode_cursor, page
from shared.problems import BadRequest, Forbidden, Unauthenticated, responses
from shared.service.deps import PlatformOf, Session
from shared.service.guard import Requires
from shared.service.routes.audit_queries import audit_before
from shared.service.routes.audit_schemas import AuditPage, AuditQuery

audit_router = APIRouter(prefix="/v1/audit", tags=["audit"])


@audit_router.get("", response_model=AuditPage, responses=responses(Unauthenticated, Forbidden, BadRequest))
async def read_audit(
    request: Request,
    caller: Annotated[Caller, Requires("audit.read")],
    session: Session,
    platform: PlatformOf,
    query: Annotated[AuditQuery, Query()],
) -> Response:
    """What was read, changed and refused in this service, newest first, as far as it is sealed (about a second ago)."""
    filters = query.filters()
    key, client = platform.cursor_key, caller.client
    before = None
    if query.cursor:
        (before,) = decode_cursor(key, query.cursor, of="audit", client=client, filters=filters)
    found = await audit_before(session, seq=before, filters=filters, limit=query.limit + 1)
    items = found[: query.limit]
    more = len(found) > query.limit
    record(
        session,
        caller=caller,
        event="audit.read",
        resource_type="audit",
        detail={"filter": filters, "rows": len(items)},
    )
    following = None
    if more:
        following = encode_cursor(key, of="audit", client=client, filters=filters, position=[items[-1].seq])
    return page(items, following, request)
