"""A route for the few addresses where the framework's own work would cost more than ours.

It looks like every other route: guard and ids in the signature, response model and problems in the decorator, an entry in
the OpenAPI document. Only nothing else can be asked for, so its parts are called as they are, not solved for each request.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic_core import PydanticCustomError
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.parameters import is_path_id, parse_id
from shared.problems import BadRequest, FieldError
from shared.service.guard import Guard


class DirectRoute(APIRoute):
    """`APIRouter(route_class=DirectRoute)`: an endpoint of `request`, `caller` and the `PathId`s and texts of its path.

    Other dependencies may be checks of the request alone. Raises TypeError, at import, for whatever asks for more.
    """

    def __init__(self, path: str, endpoint: Any, **keywords: Any) -> None:
        super().__init__(path, endpoint, **keywords)
        asked = self.dependant
        calls = [(one.call, one) for one in asked.dependencies]
        guards = [call for call, _ in calls if isinstance(call, Guard)]
        self._checks: list[Any] = [call for call, one in calls if one.call not in guards and _of_request(one)]
        params = {one.name: one.field_info for one in asked.path_params}
        self._ids = [name for name, one in params.items() if is_path_id(one.annotation, one.metadata)]
        self._texts = [name for name, one in params.items() if one.annotation is str and not one.metadata]
        known = len(params) == len(self._ids) + len(self._texts)
        if len(guards) != 1 or len(calls) != 1 + len(self._checks) or not known or not _of_request(asked):
            raise TypeError(
                f"{path}: a direct route is given its request, its caller, ids and texts, nothing else"
            )
        self._guard = guards[0]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose path matched; another method goes the framework's way, which refuses it."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive, send)
        for check in self._checks:
            await check(request)
        caller = await self._guard(request)
        named = scope["path_params"]
        ids = {name: _id(name, named[name]) for name in self._ids}
        texts = {name: named[name] for name in self._texts}
        response = await self.endpoint(request=request, caller=caller, **ids, **texts)
        await response(scope, receive, send)


class DirectRoutes:
    """Goes straight to the direct routes whose address has no id in it; every other request goes on to `app`."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._routes = {
            (method, route.path): route
            for route in routes
            if isinstance(route, DirectRoute) and not route.param_convertors
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over a request, or another kind of connection."""
        route = self._routes.get((scope.get("method", ""), scope.get("path", "")))
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = route, {}
        await route.handle(scope, receive, send)


def _of_request(asked: Dependant) -> bool:
    """Whether a call asks for the request, and for nothing that would have to be read from it."""
    read = (asked.query_params, asked.header_params, asked.cookie_params, asked.body_params)
    return asked.request_param_name == "request" and not any(read)


def _id(name: str, text: str) -> UUID:
    try:
        return parse_id(text)
    except PydanticCustomError as fault:
        code, detail = fault.type, fault.message()
    raise BadRequest(detail, code=code, errors=[FieldError(code, f"/{name}", detail)])
