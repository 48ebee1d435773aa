"""How a service's application is put together: the same edge, errors, health and reference data for all three."""

import gc
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from shared.http.answers import ProblemRenderer
from shared.http.openapi import describe
from shared.registry.positions import Postcodes
from shared.service.deadlines import Deadlines
from shared.service.direct import DirectRoutes
from shared.service.edge import Edge
from shared.service.handlers import install_handlers
from shared.service.platform import ClockFunction, Platform, open_platform, utc_now
from shared.service.routes.audit import audit_router
from shared.service.routes.health import health_router
from shared.service.routes.pages import pages_router
from shared.service.routes.registry import registry_router
from shared.service.routes.revocations import revocations_router
from shared.service.routes.work import work_router
from shared.settings import PlatformSettings


class Application(FastAPI):
    """A FastAPI application whose only middleware is the edge.

    allowed_hosts: the hosts it answers for; none means all.   cors_origins: whose pages may read its answers.
    deadlines: path prefix → seconds in which an answer there must have begun.
    """

    def __init__(
        self,
        *,
        allowed_hosts: tuple[str, ...] = (),
        cors_origins: tuple[str, ...] = (),
        deadlines: Mapping[str, float] | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(**keywords)
        self._allowed_hosts = allowed_hosts
        self._cors_origins = cors_origins
        self._deadlines = deadlines or {}

    def build_middleware_stack(self) -> ASGIApp:
        """Edge, deadlines, exception handlers, direct routes, router. Left out: the framework's error page (the edge is the last
        net), its telemetry (off) and its limit of bodies (each route has its own).
        """
        files = AsyncExitStackMiddleware(self.router)  # without it the framework's own routes do not run
        routes = DirectRoutes(files, self.routes)
        handled: ASGIApp = ExceptionMiddleware(routes, handlers=self.exception_handlers)
        return Edge(
            Deadlines(handled, self._deadlines) if self._deadlines else handled,
            allowed_hosts=self._allowed_hosts,
            cors_origins=self._cors_origins,
        )


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
    personal: bool = False,
    clock: ClockFunction = utc_now,
    postcodes: Postcodes | None = None,
    standing: Mapping[str, str] | None = None,
    deadlines: Mapping[str, float] | None = None,
) -> FastAPI:
    """A service's application.

    clock, postcodes: as `open_platform`.
    routers: the service's own routes.   resources: opened after the platform, closed before it.
    problem_renderers: path prefix → form of its problems (`{"/FHIR/": as_operation_outcome}`).
    personal: whether it knows people, so that each of its reads is recorded too.
    standing: what operators see waiting beside the work rows: a name → a statement of (rows, oldest_seconds).
    deadlines: path prefix → seconds in which an answer there must have begun.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_platform(service, settings, clock=clock, postcodes=postcodes) as platform:
            app.state.platform = platform
            await platform.tokens.warm_up()
            async with resources(app, platform) if resources else nullcontext():
                settle_memory()
                yield

    app = Application(
        allowed_hosts=settings.allowed_hosts,
        cors_origins=settings.cors_origins,
        deadlines=deadlines,
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
    app.state.personal = personal
    app.state.standing = dict(standing or {})
    install_handlers(app, problem_renderers)
    for router in (*routers, *PLATFORM_ROUTERS):
        # Not include_router: each inclusion is a router in the router, and matches every request twice more.
        app.router.routes.extend(router.routes)
    _set_apart(app.router.routes)
    return app


def _set_apart(routes: Sequence[BaseRoute]) -> None:
    """Let no template take an address that stands for itself: there is no referral called `search`, by any method."""
    ordinary = [route for route in routes if isinstance(route, Route)]
    literal = [route.path for route in ordinary if not route.param_convertors]
    for route in ordinary:
        taken = "|".join(re.escape(path) for path in literal if route.path_regex.match(path))
        if route.param_convertors and taken:
            route.path_regex = re.compile(rf"(?!(?:{taken})\Z){route.path_regex.pattern}")


def settle_memory() -> None:
    """Take what the start made out of the collector's sight: halves p99, for full collections then find little."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
