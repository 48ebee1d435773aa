"""Recording what was refused: with the same fields as what was allowed, in a transaction of its own."""

from typing import Any
from uuid import UUID

import structlog
from starlette.requests import Request

from shared.audit.recording import AUDIT_COLUMNS, audit_values
from shared.auth.caller import caller_of
from shared.db.engine import DATABASE_LOSSES
from shared.http.matching import route_template
from shared.problems import Problem
from shared.service.platform import Platform

_INSERT = (
    f"insert into audit ({', '.join(AUDIT_COLUMNS)}) "  # noqa: S608 - names from code only
    f"values ({', '.join(f'${n}' for n in range(1, len(AUDIT_COLUMNS) + 1))})"
)


async def record_refusal(platform: Platform, request: Request, problem: Problem) -> None:
    """Record that a request was refused. Never raises for a lost database: nothing was given away, and a log line tells.

    The route's template stands in the row, never the path or the query; an id in the path only when it is a UUID.
    """
    values = audit_values(
        platform.signer,
        caller=caller_of(request.scope),
        event="request.refused",
        outcome="refused",
        code=problem.code,
        resource_type=route_template(request.scope),
        resource_id=_resource_id(request.path_params),
        detail={"method": request.method, "status": problem.status},
    )
    try:
        async with platform.database.connection() as connection:
            await connection.execute(_INSERT, *values)
    except DATABASE_LOSSES as lost:
        structlog.get_logger(__name__).error(
            "audit.refusal_unwritten", code=problem.code, error=type(lost).__name__
        )


def _resource_id(path_params: dict[str, Any]) -> str | None:
    for value in path_params.values():
        try:
            return str(UUID(str(value)))
        except ValueError:
            continue
    return None
