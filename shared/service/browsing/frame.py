"""The frame of every page: templates with every value escaped, a strict policy, and a session that is sealed anew.

Templates come from the service's folder, from `templates/` here, and from the components of the NHS.UK frontend.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from starlette.responses import Response

from shared.addresses import opened_by
from shared.auth.caller import Caller
from shared.problems import Forbidden, Problem, Unauthenticated
from shared.service.browsing.sessions import (
    RENEWED_AFTER,
    Session,
    ended_cookie,
    form_cookie,
    form_secret,
    form_token,
    new_form_secret,
    session_cookie,
)
from shared.service.browsing.sheets import address_of
from shared.service.platform import Platform

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SIGN_IN: Final = "sign-in.jinja"
_TEMPLATES: Final = Path(__file__).with_name("templates")
_SESSION_WORDS: Final = {
    "auth.required": "Sign in to see this page.",
    "auth.expired": "You were signed out: the token is over, or you did nothing for a while. Sign in again.",
}


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one service.

    folder: of its templates.   name: of the site.   footer: a sentence below each page.   navigation: (address, words,
    the scope that the page needs).   home: the address of the first page.
    """

    folder: Path
    name: str
    footer: str
    navigation: tuple[tuple[str, str, str], ...] = ()
    home: str = "/"


@cache
def templates_of(folder: Path) -> Environment:
    """The templates of a service. A value that a template names and nobody gave is a defect, not a blank."""
    environment = Environment(
        loader=FileSystemLoader([folder, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"component": component, "sheet": address_of}
    return environment


def component(name: str, /, **params: Any) -> str:
    """The HTML of a component of the NHS.UK frontend, whose template escapes what is text. A page marks it as `safe`."""
    template = _components().get_template(f"nhsuk/components/{name}/template.jinja")
    return template.render(params=params)


@cache
def _components() -> Environment:
    # They ask for members that nobody gave, so they have an environment of their own.
    return Environment(
        loader=PackageLoader("nhsuk_frontend_jinja", "templates"),
        undefined=ChainableUndefined,
        auto_reload=False,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def content_of(request: Request, template: str, **told: Any) -> bytes:
    """What stands in the middle of a page: the same for everybody who sees the same, so it may be kept."""
    site: Site = request.app.state.site
    return templates_of(site.folder).get_template(template).render(**told).encode()


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **told: Any,
) -> Response:
    """A page of the request's service. Whoever is signed in stays so."""
    site: Site = request.app.state.site
    caller: Caller | None = getattr(request.state, "caller", None)
    session: Session | None = getattr(request.state, "session", None)
    platform: Platform = request.app.state.platform
    environment = templates_of(site.folder)
    secret = str(session.id) if session else form_secret(request.headers.get("cookie", ""), platform)
    fresh = None if secret else new_form_secret()
    text = environment.get_template(template).render(
        site=site,
        path=request.url.path,
        ways=[
            (address, words)
            for address, words, scope in site.navigation
            if caller is not None and caller.has(scope)
        ],
        here=_address(request),
        signed_in=None if session is None or caller is None else caller.name or caller.client,
        form=form_token(platform, secret or fresh or ""),
        **told,
    )
    answer = HTMLResponse(text, status_code=status, headers=dict(headers or {}))
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Vary"] = "Cookie, Authorization"
    if fresh is not None:
        answer.headers.append("Set-Cookie", form_cookie(platform, fresh))
    if session is not None and platform.clock() - session.seen > RENEWED_AFTER:
        renewed = replace(session, seen=platform.clock())
        answer.headers.append("Set-Cookie", session_cookie(platform, renewed))
    return answer


def problem_page(request: Request) -> Callable[[Problem, str], Response]:
    """How the problems of a page are told: as a page, and with the form to sign in where that is what lacks."""

    def told(problem: Problem, request_id: str) -> Response:
        if isinstance(problem, Unauthenticated):
            request.state.session = None
            answer = sign_in_page(request, problem=problem)
            answer.headers.append("Set-Cookie", ended_cookie(request.app.state.platform))
            return answer
        return page(
            request,
            "problem.jinja",
            status=problem.status,
            headers=problem.headers,
            problem=problem,
            request_id=request_id,
            opened_by=_opened_by(request, request.url.path) if isinstance(problem, Forbidden) else None,
        )

    return told


def sign_in_page(request: Request, *, problem: Problem | None = None, after: str | None = None) -> Response:
    """The form to sign in. after: the address that is shown then; the one that was asked for where it is not told."""
    wrong = None
    if problem is not None:
        wrong = _SESSION_WORDS.get(problem.code, problem.detail)
    after = after or getattr(request.state, "after", None) or _address(request)
    return page(
        request,
        SIGN_IN,
        status=200 if problem is None else problem.status,
        headers={} if problem is None else problem.headers,
        wrong=wrong,
        by_provider=getattr(request.app.state, "provider", None) is not None,
        is_fault=problem is not None and problem.code != "auth.required",
        after=after,
        opened_by=_opened_by(request, after.partition("?")[0]),
        written=getattr(request.state, "written", ()),
    )


def origin_of(request: Request) -> str:
    """This site as browsers reach it, without a path: TLS belongs to the proxy in front."""
    platform: Platform = request.app.state.platform
    scheme = "https" if platform.settings.environment == "production" else request.url.scheme
    return f"{scheme}://{request.url.netloc}"


def _opened_by(request: Request, path: str) -> str | None:
    """Whose token opens a page, as `icc token` is told; None where tokens come from elsewhere."""
    platform: Platform = request.app.state.platform
    return opened_by(platform.service, path) if platform.settings.uses_local_key else None


def _address(request: Request) -> str:
    """The address of a page with its query: where a form leads back to."""
    if request.method not in {"GET", "HEAD"}:
        site: Site = request.app.state.site
        own = (address for address, _, _ in site.navigation)
        return request.url.path if request.url.path in own else site.home
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")
