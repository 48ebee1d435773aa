"""Which route answers a request, by its template: what metrics, logs and the audit may name."""

from collections.abc import Mapping
from typing import Any

from fastapi.routing import APIRoute

UNMATCHED = "unmatched"


def route_template(scope: Mapping[str, Any]) -> str:
    """The whole template of the matched route (`/v1/cases/{case}/reviews`), `unmatched` when there is none."""
    # A router inside a router keeps its own short path; the framework puts the joined one beside it.
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context, "path", None) or getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNMATCHED


class RouteKey:
    """A route as a key of a cache: itself and no other. The framework's routes compare by value and have no hash."""

    __slots__ = ("route",)

    def __init__(self, route: APIRoute) -> None:
        self.route = route

    def __hash__(self) -> int:
        return id(self.route)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RouteKey) and other.route is self.route
