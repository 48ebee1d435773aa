"""How a request meets its route: the template that names the route, and the media types both sides take (406, 415)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from shared.http.answers import JSON
from shared.problems import NotAcceptable, UnsupportedMediaType

UNMATCHED = "unmatched"

FHIR_JSON = "application/fhir+json"
_ANY = "*/*"


def route_template(scope: Mapping[str, Any]) -> str:
    """The whole template of the matched route (`/v1/cases/{case}/reviews`), `unmatched` when there is none.

    Metrics, logs and the audit name a route by it, for a path holds ids.
    """
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


def check_content_type(request: Request, accepted: tuple[str, ...]) -> str:
    """The body's media type when it is one of `accepted`; UnsupportedMediaType otherwise, also for another charset."""
    values = [value for name, value in request.scope["headers"] if name == b"content-type"]
    media_type, _, parameters = (values[0].decode("latin-1") if len(values) == 1 else "").partition(";")
    media_type = media_type.strip().lower()
    if media_type not in accepted:
        raise UnsupportedMediaType(
            f"Send the body as {' or '.join(accepted)}.", headers={"Accept": ", ".join(accepted)}
        )
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('" ').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType("Send the body in UTF-8.")
    return media_type


def check_accept(request: Request) -> None:
    """Refuse a request whose Accept names only media types that the matched route does not give."""
    accept = b",".join(value for name, value in request.scope["headers"] if name == b"accept")
    route = request.scope.get("route")
    if not accept or accept == b"*/*" or not isinstance(route, APIRoute):
        return
    fhir = request.scope["path"].startswith("/FHIR/")
    if not _can_take(accept, RouteKey(route), fhir=fhir):
        offered = offered_types(RouteKey(route), fhir=fhir)
        raise NotAcceptable(f"This address gives {', '.join(sorted(offered))}.")


@lru_cache(maxsize=512)
def _can_take(accept: bytes, key: RouteKey, *, fhir: bool) -> bool:
    """Whether an Accept header takes one of the route's media types (RFC 9110, 12.5.1)."""
    ranges = _media_ranges(accept)
    return any(_is_taken(offer, ranges) for offer in offered_types(key, fhir=fhir))


def _media_ranges(accept: bytes) -> dict[str, bool]:
    """Each media range of an Accept header, and whether it is wanted: a weight of zero says that it is not."""
    ranges = {}
    for part in accept.decode("latin-1").lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [parameter[2:].strip() for parameter in parameters if parameter.startswith("q=")]
        if media_range:
            ranges[media_range] = not any(weight.strip("0.") == "" for weight in weights)
    return ranges


def _is_taken(offer: str, ranges: Mapping[str, bool]) -> bool:
    """What the narrowest range says of a media type; a route that gives any type can meet any range."""
    if offer == _ANY:
        return any(ranges.values())
    covering = (offer, f"{offer.partition('/')[0]}/*", _ANY)
    return next((ranges[one] for one in covering if one in ranges), False)


@lru_cache(maxsize=1024)
def offered_types(key: RouteKey, *, fhir: bool = False) -> frozenset[str]:
    """The media types a route declares for its good answers; JSON always, both JSONs under FHIR."""
    route = key.route
    offered = {JSON, FHIR_JSON} if fhir else {JSON}
    media_type = getattr(route.response_class, "media_type", JSON)
    # A bare Response says nothing about its type: the route decides, so nothing can be refused here.
    offered.add(media_type or _ANY)
    for status, entry in route.responses.items():
        if str(status).startswith("2"):
            offered |= set(entry.get("content", {}))
    return frozenset(offered)
