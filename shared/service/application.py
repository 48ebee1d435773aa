"""FastAPI in our edge, without the layers that would do for every request what the edge has done already."""

from typing import Any

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from shared.service.direct import DirectRoutes
from shared.service.edge import Edge


class Application(FastAPI):
    """A FastAPI application whose only middleware is the edge.

    allowed_hosts: the hosts it answers for; none means all.   cors_origins: whose pages may read its answers.
    """

    def __init__(
        self, *, allowed_hosts: tuple[str, ...] = (), cors_origins: tuple[str, ...] = (), **keywords: Any
    ) -> None:
        super().__init__(**keywords)
        self._allowed_hosts = allowed_hosts
        self._cors_origins = cors_origins

    def build_middleware_stack(self) -> ASGIApp:
        """Edge, exception handlers, direct routes, router. Left out: the framework's error page (the edge is the last
        net), its telemetry (off) and its limit of bodies (each route has its own).
        """
        files = AsyncExitStackMiddleware(self.router)  # without it the framework's own routes do not run
        routes = DirectRoutes(files, self.routes)
        return Edge(
            ExceptionMiddleware(routes, handlers=self.exception_handlers),
            allowed_hosts=self._allowed_hosts,
            cors_origins=self._cors_origins,
        )
