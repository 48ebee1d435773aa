"""How a service's application is put together: the same edge, errors, health and reference data for all three."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

from fastapi import APIRouter, FastAPI

from shared.http.answers import ProblemRenderer
from shared.http.openapi import describe
from shared.service.application import Application
from shared.service.handlers import install_handlers
from shared.service.platform import ClockFunction, Platform, open_platform, utc_now
from shared.service.routes.audit import audit_router
from shared.service.routes.health import health_router
from shared.service.routes.pages import pages_router
from shared.service.routes.registry import registry_router
from shared.service.routes.revocations import revocations_router
from shared.service.routes.work import work_router
from shared.settings import PlatformSettings

API_VERSION = "1"
_GC_THRESHOLDS = (100_000, 50, 1000)

PLATFORM_ROUTERS = (
    registry_router,
    work_router,
    revocations_router,
    audit_router,
    health_router,
    pages_router,
)
"""The routes that every service has."""

Resources = Callable[[FastAPI, Platform], AbstractAsyncContextManager[None]]
"""What a service opens beside the platform, as an async context; it may leave things in `app.state`."""


def build_app(
    *,
    service: str,
    settings: PlatformSettings,
    routers: Sequence[APIRouter],
    description: str = "",
    resources: Resources | None = None,
    problem_renderers: Mapping[str, ProblemRenderer] | None = None,
    clock: ClockFunction = utc_now,
) -> FastAPI:
    """A service's application.

    routers: the service's own routes.   resources: opened after the platform, closed before it.
    problem_renderers: path prefix → form of its problems (`{"/FHIR/": as_operation_outcome}`).
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_platform(service, settings, clock=clock) as platform:
            app.state.platform = platform
            async with resources(app, platform) if resources else nullcontext():
                _settle_memory()
                yield

    app = Application(
        allowed_hosts=settings.allowed_hosts,
        title=f"ICC platform: {service}",
        description=description,
        version=API_VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # The framework's own telemetry logs exception messages, which quote data; ours does not.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # the framework's own way to extend it
    install_handlers(app, problem_renderers)
    for router in (*routers, *PLATFORM_ROUTERS):
        # Not include_router: each inclusion is a router in the router, and matches every request twice more.
        app.router.routes.extend(router.routes)
    return app


def _settle_memory() -> None:
    """Take what the start made out of the collector's sight: halves p99, for full collections then find little."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
