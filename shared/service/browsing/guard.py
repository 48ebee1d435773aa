"""Who may see a page: the bearer of a token in the header or in the browser's cookie, or everybody where a service says so.

A page's refusals are pages too: who is not signed in is asked to, at the address that was asked for.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request, Security

from shared.auth.caller import Caller
from shared.auth.tokens import refused
from shared.http.parameters import check_query
from shared.problems import Forbidden, Unauthenticated
from shared.service.acting import Act
from shared.service.browsing.forms import written_in
from shared.service.browsing.frame import problem_page
from shared.service.browsing.sessions import Session, session_of
from shared.service.guard import Guard, authenticate
from shared.service.platform import Platform
from shared.telemetry.correlation import current_correlation

PUBLIC = "public"
"""The client's name of everybody who is not signed in."""


class PageGuard(Guard):
    """Lets a browser pass that shows a good token with one of `scopes`, or nobody's where the service has public pages."""

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]  # as its base
        """The caller; Unauthenticated, TooManyRequests, Forbidden or BadRequest otherwise, each told as a page."""
        request.state.answer_problem = problem_page(request)
        try:
            caller = await _caller(request)
        except Unauthenticated:
            request.state.written = await written_in(request)
            raise
        if caller.service is not None or not any(caller.has(scope) for scope in self.scopes):
            raise Forbidden(f"Your sign-in does not open this page: it lacks {' or '.join(self.scopes)}.")
        check_query(request)
        return caller


def Seen(*scopes: str) -> Any:  # noqa: N802 -- reads as a type in a signature, as Requires does
    """The dependency of a page, written in the type of a route's parameter as `Requires` is."""
    return Security(PageGuard(*scopes), scopes=list(scopes))


def seeing(*scopes: str) -> Any:
    """The dependency of a page that reads by an act, whose transaction ends before the page leaves."""

    async def act(request: Request, caller: Annotated[Caller, Seen(*scopes)]) -> AsyncIterator[Act]:
        platform: Platform = request.app.state.platform
        async with platform.transaction() as session:
            yield Act(caller, session, platform, platform.clock())

    return Depends(act, scope="function")


def bearer_of(request: Request) -> str | None:
    """The token of who looks at a page, which opens as much elsewhere as here; None of who is not signed in."""
    session: Session | None = getattr(request.state, "session", None)
    if session is not None:
        return session.token
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def _caller(request: Request) -> Caller:
    platform: Platform = request.app.state.platform
    if "authorization" in request.headers:
        return await authenticate(request)
    session = session_of(platform, request.headers.get("cookie", ""))
    if session is not None:
        caller = await platform.tokens.verify(session.token, from_outside=True)
        request.state.session = session
        request.state.caller = caller
        await platform.rates.check(caller.client)
        return caller
    everybody: Caller | None = getattr(request.app.state, "public_caller", None)
    if everybody is None:
        raise refused("required", "Sign in to see this page.")
    request.state.caller = everybody
    # One visitor must not take the share of all others.
    await platform.rates.check(f"{PUBLIC}:{current_correlation().peer}")
    return everybody
