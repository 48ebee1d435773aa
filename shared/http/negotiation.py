"""Media types: which the client can take (406), which it sends (415)."""

from functools import lru_cache

from fastapi import Request
from fastapi.routing import APIRoute

from shared.http.matching import RouteKey
from shared.problems import NotAcceptable, UnsupportedMediaType

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
_ANY = "*/*"


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
    if not accept or b"*/*" in accept:
        return
    wanted = _acceptable(accept)
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    offered = offered_types(RouteKey(route), fhir=request.scope["path"].startswith("/FHIR/"))
    if not any(_covers(want, offer) for want in wanted for offer in offered):
        raise NotAcceptable(f"This address gives {', '.join(sorted(offered))}.")


@lru_cache(maxsize=512)
def _acceptable(accept: bytes) -> tuple[str, ...]:
    """The media ranges of an Accept header whose weight is not zero, without their parameters."""
    ranges = []
    for part in accept.decode("latin-1").lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [parameter[2:].strip() for parameter in parameters if parameter.startswith("q=")]
        if media_range and not any(weight.strip("0.") == "" for weight in weights):
            ranges.append(media_range)
    return tuple(ranges)


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


def _covers(wanted: str, offered: str) -> bool:
    if offered == _ANY or wanted in {_ANY, offered}:
        return True
    kind, _, subtype = wanted.partition("/")
    return subtype == "*" and offered.startswith(f"{kind}/")
