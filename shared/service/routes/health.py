"""Whether a process lives, and whether it can do its work: for balancers, supervisors and operators."""

import asyncio
import hmac
from contextlib import suppress
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Request, Response, Security
from pydantic import BaseModel

from shared.audit.arrivals import oldest_unsealed
from shared.auth.caller import Caller
from shared.db.engine import DATABASE_LOSSES
from shared.db.tables import newest_revision
from shared.http.answers import json_answer
from shared.problems import Forbidden, Unauthenticated, responses
from shared.service.guard import Guard, PlatformOf, bearer_token
from shared.service.platform import Platform
from shared.telemetry.metrics import CONTENT_TYPE, audit_metrics, render_metrics

health_router = APIRouter(tags=["health"])

CHECK_SECONDS = 2.0
METRICS_READ = "metrics.read"
OK, MISSING, BEHIND, UNSEALED = "ok", "missing", "behind", "unsealed"
SEALED_WITHIN_SECONDS = 10.0


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether requests would succeed. checks: each part, `ok`, `missing`, `behind` or `unsealed`."""

    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Any]


class Scraper(Guard):
    """Lets also whoever bears `ICC_METRICS_TOKEN` pass: what gathers figures runs for longer than any token lives."""

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]  # as in Guard
        """The caller, `metrics` for the bearer of that token."""
        expected = request.app.state.platform.settings.metrics.token
        if expected is not None:
            token, _ = bearer_token(request)
            if hmac.compare_digest(token.encode(), expected.get_secret_value().encode()):
                caller = Caller("metrics", frozenset({METRICS_READ}))
                request.state.caller = caller
                return caller
        return await super().__call__(request)


@health_router.get("/health/live")
async def read_liveness() -> Liveness:
    """The process answers. Says nothing about what it needs."""
    return Liveness()


@health_router.get(
    "/health/ready",
    responses={
        200: {"model": Readiness},
        503: {"model": Readiness, "description": "PostgreSQL or its migrations are missing"},
    },
)
async def read_readiness(platform: PlatformOf) -> Response:
    """`ready`; `degraded` when only Valkey is missing (work is then done later) or audit rows wait for their seal; 503 when
    requests would fail.
    """
    (database, audit), nudges = await asyncio.gather(_check_database(platform), _check_nudges(platform))
    checks = {"database": database, "nudges": nudges, "audit": audit}
    if database != OK:
        return json_answer(
            {"status": "unavailable", "checks": checks}, status=503, headers={"Retry-After": "2"}
        )
    ready = nudges == OK and audit == OK
    return json_answer({"status": "ready" if ready else "degraded", "checks": checks})


@health_router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **responses(Unauthenticated, Forbidden)},
)
async def read_metrics(
    caller: Annotated[Caller, Security(Scraper(METRICS_READ), scopes=[METRICS_READ])], platform: PlatformOf
) -> Response:
    """Counters and timings in Prometheus' text format, over all API processes that share `ICC_METRICS_DIR`."""
    with suppress(*DATABASE_LOSSES):
        async with asyncio.timeout(CHECK_SECONDS), platform.database.connection() as connection:
            audit_metrics().waited(oldest_seconds=await oldest_unsealed(connection))
    content = await asyncio.to_thread(render_metrics, platform.settings.metrics.dir)
    return Response(content, headers={"Content-Type": CONTENT_TYPE})


async def _check_database(platform: Platform) -> tuple[str, str]:
    """Whether PostgreSQL answers with a schema that is at least this release's, and whether its audit is being sealed."""
    try:
        async with asyncio.timeout(CHECK_SECONDS), platform.database.connection() as connection:
            revision: Any = await connection.fetchval("select version_num from alembic_version limit 1")
            # The release before stays runnable on a newer schema, so only an older one counts as behind.
            head = newest_revision(platform.service)
            if revision is None or (head is not None and revision < head):
                return BEHIND, MISSING
            waited = await oldest_unsealed(connection)
    except asyncpg.UndefinedTableError:
        return BEHIND, MISSING
    except DATABASE_LOSSES:
        return MISSING, MISSING
    return OK, OK if waited <= SEALED_WITHIN_SECONDS else UNSEALED


async def _check_nudges(platform: Platform) -> str:
    return OK if await platform.nudges.ping() else MISSING
