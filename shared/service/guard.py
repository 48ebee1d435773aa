"""What stands before a route: who calls, whether they may, how often, and whether their query can be understood.

`CaseWork = Annotated[Act, may("cases.work")]` in a route's signature says who may act; the transaction of the act ends before
the answer leaves. A route that is no act asks for `Annotated[Caller, Requires("feeds.write")]`. The guard is one dependency
(about ten microseconds), so the order is always the same: token, rate, scope, query, media type.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.responses import Response

from shared.audit.recording import is_recorded, record
from shared.auth.caller import Caller
from shared.auth.tokens import refused
from shared.http.bodies import RequestBody
from shared.http.matching import check_accept, route_template
from shared.http.parameters import check_query
from shared.idempotency.answers import Kept, KeyedRequest, claim_key, digest_under_key, rights_of
from shared.idempotency.keys import KeyRequired, digest_of, key_of
from shared.problems import Forbidden
from shared.service.acting import Act
from shared.service.platform import Platform

_READING = frozenset({"GET", "HEAD"})
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
        if caller.service is not None and (not self.scopes or _is_personal(request)):
            raise Forbidden(
                "A service is answered only where it asks for what it may, and never about a person."
            )
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
    token, from_outside = bearer_token(request)
    caller = await platform.tokens.verify(token, from_outside=from_outside)
    request.state.caller = caller
    await platform.rates.check(caller.client)
    return caller


def bearer_token(request: Request) -> tuple[str, bool]:
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


async def _platform_of(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


PlatformOf = Annotated[Platform, Depends(_platform_of)]
"""The platform of the running application, for a route that is no act."""


@dataclass(frozen=True, slots=True)
class RouteKind:
    """What `Router` derived from a route's method and signature.

    body: the model of the body, None where the route reads it by itself or has none.   changes: whether something changes.
    keyed: whether the route takes a key for repeats.   key_required: whether a request without one is refused.
    impersonal: whether the route holds no person's data, so that its reads need no audit row.
    """

    body: type[RequestBody] | None = None
    changes: bool = False
    keyed: bool = False
    key_required: bool = False
    impersonal: bool = False


class FirstAnswer(Exception):  # noqa: N818 -- a signal between the act and `handlers.py`
    """The request repeats one that was answered. It carries that answer."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.answer = answer_again(kept)


def answer_again(kept: Kept) -> Response:
    """The first answer, marked `Idempotent-Replayed: true`."""
    headers = {**kept.headers, "Idempotent-Replayed": "true"}
    return Response(kept.body, status_code=kept.status, headers=headers)


def may(*scopes: str) -> Any:
    """The dependency that lets a caller with one of these scopes act; without scopes, every caller with a good token."""

    async def act(
        request: Request, caller: Annotated[Caller, Requires(*scopes) if scopes else Authenticated]
    ) -> AsyncIterator[Act]:
        platform: Platform = request.app.state.platform
        kind = kind_of(request)
        now = platform.clock()
        # The body is read before the transaction begins: a slow client must not hold a connection.
        if kind.body is not None:
            request.state.asked = await kind.body.of_request(request, now=now)
        keyed = _keyed(request, caller, kind)
        async with platform.transaction() as session:
            acting = Act(caller, session, platform, now, keyed)
            first = await first_answer(acting, request)
            if first is None:
                request.state.act = acting
                yield acting
                if kind.changes or (request.app.state.personal and not kind.impersonal):
                    check_recorded(acting)
        if first is not None:
            raise FirstAnswer(first)

    return Depends(act, scope="function")  # the default would commit after the answer has left


def kind_of(request: Request) -> RouteKind:
    """The kind of the matched route. A route that `Router` did not declare changes something unless its method only reads."""
    kind: RouteKind | None = getattr(request.scope["route"].endpoint, "kind", None)
    return kind or RouteKind(changes=request.method not in _READING)


def _is_personal(request: Request) -> bool:
    """Whether the route's service knows people and the route does not say that it holds none of their data."""
    return bool(request.app.state.personal) and not kind_of(request).impersonal


def route_of(request: Request) -> str:
    """The route a key belongs to: the method and the concrete path (a path holds ids, never a person's data)."""
    return f"{request.method} {request.url.path}"


def _keyed(request: Request, caller: Caller, kind: RouteKind) -> KeyedRequest | None:
    key = key_of(request.scope["headers"]) if kind.keyed else None
    if key is None:
        if kind.key_required:
            raise KeyRequired
        return None
    platform: Platform = request.app.state.platform
    if kind.body is not None and kind.body.identifies:
        digest = digest_under_key(platform.keyring, request.state.asked)
    else:
        digest = digest_of(request.state.asked if kind.body is not None else b"")
    return KeyedRequest.of(
        platform.keyring,
        caller,
        route=route_of(request),
        key=key,
        digest=digest,
        rights=rights_of(caller),
    )


async def first_answer(act: Act, request: Request) -> Kept | None:
    """What the key brought the first time; that it is given again is recorded. Raises Forbidden for a caller with less right."""
    if act.keyed is None:
        return None
    first = await claim_key(act.session, act.keyring, act.keyed)
    if first is None:
        return None
    if first.rights != act.keyed.rights:
        raise Forbidden(
            "The first request with this key had other rights. Read what it made, or use a new key."
        )
    made = (first.location or "").rpartition("/")[2]
    named = next((str(one) for one in request.path_params.values()), None)
    record(
        act.session,
        caller=act.caller,
        event="answer.replayed",
        resource_type=route_template(request.scope),
        resource_id=named or made or None,
    )
    return first


def check_recorded(act: Act) -> None:
    """Refuse to end an act that left no audit row: a defect."""
    if not is_recorded(act.session):
        raise RuntimeError("a change, or a read of a person, without its audit row: call `happened`")
