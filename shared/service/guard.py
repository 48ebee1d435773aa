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
from pydantic import BaseModel
from starlette.responses import Response

from shared.audit.recording import is_recorded, record
from shared.auth.caller import Caller
from shared.auth.tokens import refused
from shared.http.bodies import read_model
from shared.http.matching import check_accept
from shared.http.parameters import check_query
from shared.idempotency.answers import Kept, KeyedRequest, claim_key
from shared.idempotency.keys import KeyRequired, digest_of, key_of
from shared.problems import Forbidden
from shared.service.acting import Act
from shared.service.platform import Platform
from shared.work.nudges import noted_nudges

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


async def _platform_of(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


PlatformOf = Annotated[Platform, Depends(_platform_of)]
"""The platform of the running application, for a route that is no act."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What a route's signature and method say about its requests.

    body: the model of the body, None where the route reads it by itself or has none.   changes: whether something is
    changed.   keyed: whether a key for repeats is taken.   creates: whether that key is required.
    impersonal: whether it tells of nobody, in a service that knows people.
    """

    body: type[BaseModel] | None = None
    changes: bool = False
    keyed: bool = False
    creates: bool = False
    impersonal: bool = False


READING = Manner()


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
        manner = manner_of(request)
        now = platform.clock()
        # The body is read before the transaction begins: a slow client must not hold a connection.
        if manner.body is not None:
            request.state.asked = await read_model(request, manner.body, now=now)
        keyed = _keyed(request, caller, manner)
        async with platform.database.transaction() as session:
            acting = Act(caller, session, platform, now, keyed)
            first = await _first_answer(acting)
            if first is None:
                request.state.act = acting
                yield acting
                if manner.changes or (request.app.state.personal and not manner.impersonal):
                    _check_recorded(acting)
        platform.nudges.ring(noted_nudges(session))
        if first is not None:
            raise FirstAnswer(first)

    return Depends(act, scope="function")  # the default would commit after the answer has left


def manner_of(request: Request) -> Manner:
    """What `Router` noted of the matched route; a route of another kind only reads."""
    manner: Manner = getattr(request.scope["route"].endpoint, "manner", READING)
    return manner


def route_of(request: Request) -> str:
    """The route a key belongs to: the method and the concrete path (a path holds ids, never a person's data)."""
    return f"{request.method} {request.url.path}"


def _keyed(request: Request, caller: Caller, manner: Manner) -> KeyedRequest | None:
    key = key_of(request.scope["headers"]) if manner.keyed else None
    if key is None:
        if manner.creates:
            raise KeyRequired
        return None
    asked = request.state.asked if manner.body is not None else b""
    return KeyedRequest(caller.client, route_of(request), key, digest_of(asked))


async def _first_answer(act: Act) -> Kept | None:
    """What the key brought the first time; that it is given again is recorded."""
    if act.keyed is None:
        return None
    first = await claim_key(act.session, act.keyring, act.keyed)
    if first is not None:
        record(act.session, caller=act.caller, event="answer.replayed", resource_type=act.keyed.route)
    return first


def _check_recorded(act: Act) -> None:
    if not is_recorded(act.session):
        raise RuntimeError("a change, or a read of a person, without its audit row: call `happened`")
