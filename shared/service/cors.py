"""Front ends on other origins: which may read our answers, and what a browser asks before it sends a request.

Source: the Fetch standard, CORS protocol. Cookies are never sent across origins, so no answer allows credentials.
"""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared.problems import Forbidden, Problem
from shared.service.handlers import allowed_methods

ASKED = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, X-Request-Id, X-Correlation-Id, X-Purpose"
"""The headers that a front end may send."""
SHOWN = (
    "ETag, Link, Location, Retry-After, Idempotent-Replayed, Preference-Applied, X-Request-Id, X-Correlation-Id, "
    "Content-Disposition"
)
"""The headers that its script may read."""
REMEMBERED_SECONDS = 600

Header = tuple[bytes, bytes]


class UnlistedOrigin(Forbidden):
    """The page that asks is of an origin that this installation does not list in `ICC_CORS_ORIGINS`."""

    code = "origin"
    title = "The origin is not listed"


class Origins:
    """The exact origins whose pages may read our answers; none by default."""

    def __init__(self, listed: Iterable[str] = ()) -> None:
        self._listed = frozenset(origin.encode() for origin in listed)

    def named_by(self, scope: Scope) -> bytes | None:
        """The listed origin that a request names; None for any other and for none."""
        if not self._listed:
            return None
        return next(
            (value for name, value in scope["headers"] if name == b"origin" and value in self._listed), None
        )

    def headers_for(self, origin: bytes | None) -> tuple[Header, ...]:
        """What an answer tells the browser. origin: as `named_by` gives it."""
        vary: tuple[Header, ...] = ((b"vary", b"Origin"),) if self._listed else ()
        if origin is None:
            return (*vary, (b"cross-origin-resource-policy", b"same-origin"))
        return (
            *vary,
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", SHOWN.encode()),
        )


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks what it may send, before it sends it."""
    if scope["method"] != "OPTIONS":
        return False
    names = {name for name, _ in scope["headers"]}
    return b"origin" in names and b"access-control-request-method" in names


def preflight_answer(scope: Scope, origin: bytes | None) -> Response | Problem | None:
    """Answers a preflight. Gives None when no route has the address; the router then answers 404."""
    if origin is None:
        return UnlistedOrigin()
    methods = allowed_methods(Request(scope))
    if not methods:
        return None
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ASKED,
        "Access-Control-Max-Age": str(REMEMBERED_SECONDS),
    }
    return Response(status_code=204, headers=headers)
