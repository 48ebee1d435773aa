"""What stands before a route: who calls, whether they may, how often, and whether their query can be understood.

`caller: Annotated[Caller, Requires("feeds.write")]` in a route's signature says who may call it. It is one dependency
(about ten microseconds), so the order is always the same: token, rate, scope, query, media type.
"""

from typing import TYPE_CHECKING, Any

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from shared.auth.caller import Caller
from shared.auth.tokens import refused
from shared.http.negotiation import check_accept
from shared.http.query import check_query
from shared.problems import Forbidden

if TYPE_CHECKING:
    from shared.service.platform import Platform

_PROXY_HEADERS = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


class Guard(HTTPBearer):
    """Lets a request pass whose token has one of `scopes`; with none, any request with a good token."""

    def __init__(self, *scopes: str) -> None:
        super().__init__(
            bearerFormat="JWT",
            scheme_name="bearer",
            description="A JWT of the identity provider, or of `icc token`.",
            auto_error=False,
        )
        self.scopes = scopes

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]  # a Caller, not raw credentials
        """The verified caller; Unauthenticated, TooManyRequests, Forbidden or BadRequest otherwise."""
        caller = await authenticate(request)
        if self.scopes and not any(caller.has(scope) for scope in self.scopes):
            raise Forbidden(f"This needs the scope {' or '.join(self.scopes)}.")
        check_query(request)
        check_accept(request)
        return caller


def Requires(*scopes: str) -> Any:  # noqa: N802 -- reads as a type in a signature, like FastAPI's Depends
    """The dependency of a route that needs a scope. Several scopes: one of them is enough."""
    if not scopes:
        raise ValueError("name a scope; a route for every caller uses Authenticated")
    return Security(Guard(*scopes), scopes=list(scopes))


Authenticated: Any = Security(Guard())
"""The dependency of a route that every caller with a good token may use."""


async def authenticate(request: Request) -> Caller:
    """The caller of this request, known to the rest of its handling from here on."""
    platform: Platform = request.app.state.platform
    token, from_outside = _bearer_token(request)
    caller = await platform.tokens.verify(token, from_outside=from_outside)
    request.state.caller = caller
    await platform.rates.check(caller.client)
    return caller


def _bearer_token(request: Request) -> tuple[str, bool]:
    """The token of the one Authorization header, and whether a proxy stands before us."""
    found: bytes | None = None
    from_outside = False
    for name, value in request.scope["headers"]:
        if name == b"authorization":
            if found is not None:
                raise refused("duplicate", "There is more than one Authorization header.")
            found = value
        elif name in _PROXY_HEADERS:
            from_outside = True
    if found is None:
        raise refused("required", "Send a bearer token in the Authorization header.")
    scheme, _, token = found.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise refused("scheme", "The Authorization header must use the Bearer scheme.")
    token = token.strip()
    if not token:
        raise refused("token", "The Authorization header holds no token.")
    return token, from_outside
