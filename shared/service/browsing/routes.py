"""Where people sign in and out, and where pages get their style sheets."""

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from shared.addresses import FIRST_PAGES, SERVICES
from shared.auth.tokens import refused
from shared.problems import NotFound
from shared.service.browsing.forms import check_ours, read_form
from shared.service.browsing.frame import Site, origin_of, page, problem_page, sign_in_page
from shared.service.browsing.provider import Provider, new_secret
from shared.service.browsing.sessions import (
    Login,
    begin,
    ended_cookie,
    ended_login_cookie,
    form_secret,
    login_cookie,
    login_of,
    session_cookie,
    session_of,
)
from shared.service.browsing.sheets import CSS, SHEETS, sheet_of
from shared.service.guard import PlatformOf

browsing_router = APIRouter(tags=["pages"], include_in_schema=False)


@browsing_router.get("/start")
async def read_start(request: Request, platform: PlatformOf) -> Response:
    """With which pages somebody begins, and whose token opens each: of every service of which it is known where it is."""
    bases = {service: platform.settings.pages_url_of(service) for service in SERVICES}
    bases[platform.service] = ""
    pages = [(one, f"{base}{one.path}") for one in FIRST_PAGES if (base := bases[one.service]) is not None]
    return page(request, "start.jinja", pages=pages, by_token=platform.settings.uses_local_key)


@browsing_router.get("/sign-in")
async def read_sign_in(request: Request) -> Response:
    """The form to sign in with a token."""
    site: Site = request.app.state.site
    return sign_in_page(request, after=site.home)


@browsing_router.post("/sign-in")
async def sign_in(request: Request, platform: PlatformOf) -> Response:
    """Begin a session with the token of the form, and show the page that was asked for."""
    request.state.answer_problem = problem_page(request)
    form = await read_form(request)
    check_ours(platform, form_secret(request.headers.get("cookie", ""), platform), form)
    request.state.after = _within(request, form.get("after", ""))
    token = "".join(form.get("token", "").split())
    request.state.caller = await platform.tokens.verify(token, from_outside=True)
    answer = RedirectResponse(request.state.after, status_code=303)
    answer.headers.append("Set-Cookie", session_cookie(platform, begin(token, platform.clock())))
    return answer


@browsing_router.get("/sign-in/provider")
async def begin_login(request: Request, platform: PlatformOf, after: str = "") -> Response:
    """Send the browser to the identity provider."""
    request.state.answer_problem = problem_page(request)
    provider = _provider_of(request)
    login = Login(new_secret(), new_secret(), _within(request, after), platform.clock())
    address = await provider.sign_in_address(
        back=_callback_of(request), state=login.state, verifier=login.verifier
    )
    answer = RedirectResponse(address, status_code=303)
    answer.headers.append("Set-Cookie", login_cookie(platform, login))
    return answer


@browsing_router.get("/sign-in/callback")
async def finish_login(
    request: Request,
    platform: PlatformOf,
    state: str = "",
    code: str | None = None,
    iss: str | None = None,
) -> Response:
    """Take the code that the provider gave, change it for a token, and begin the session."""
    request.state.answer_problem = problem_page(request)
    provider = _provider_of(request)
    login = login_of(platform, request.headers.get("cookie", ""))
    # A code that another browser was given must not sign this one in; one of another provider neither (RFC 9207).
    ours = login is not None and hmac.compare_digest(login.state.encode(), state.encode())
    if login is None or not ours or iss not in (None, provider.issuer):
        raise refused("token", "This sign-in was not begun here, or took too long. Try again.")
    if code is None:
        raise refused("token", "The identity provider did not sign you in.")
    back = _callback_of(request)
    token = await provider.token_for(code=code, back=back, verifier=login.verifier)
    request.state.caller = await platform.tokens.verify(token, from_outside=True)
    answer = RedirectResponse(login.after, status_code=303)
    answer.headers.append("Set-Cookie", session_cookie(platform, begin(token, platform.clock())))
    answer.headers.append("Set-Cookie", ended_login_cookie(platform))
    return answer


@browsing_router.post("/sign-out")
async def sign_out(request: Request, platform: PlatformOf) -> Response:
    """End the browser's session."""
    request.state.answer_problem = problem_page(request)
    form = await read_form(request)
    session = session_of(platform, request.headers.get("cookie", ""))
    check_ours(platform, None if session is None else str(session.id), form)
    # Not at once to the provider: browsers heed a page's policy for whatever a form leads to.
    answer = RedirectResponse("/sign-in" if _has_no_provider(request) else "/signed-out", status_code=303)
    answer.headers.append("Set-Cookie", ended_cookie(platform))
    return answer


@browsing_router.get("/signed-out")
async def read_signed_out(request: Request) -> Response:
    """That the session here is over, and that the provider's goes on until it is ended too."""
    request.state.answer_problem = problem_page(request)
    _provider_of(request)
    return page(request, "signed-out.jinja")


@browsing_router.get("/sign-out/provider")
async def sign_out_there(request: Request) -> Response:
    """Send the browser to where the identity provider ends its own session."""
    request.state.answer_problem = problem_page(request)
    back = f"{origin_of(request)}/sign-in"
    address = await _provider_of(request).sign_out_address(back=back)
    if address is None:
        raise NotFound("Your organisation's sign-in has no place to sign out: close the browser.")
    return RedirectResponse(address, status_code=303)


@browsing_router.get("/assets/{name}")
async def read_sheet(request: Request, name: str) -> Response:
    """A style sheet. It is the same for everybody, so a compressed one gives nothing away."""
    if name not in SHEETS:
        raise NotFound
    sheet = sheet_of(name)
    # Pages name a sheet with its tag: another release's has another address.
    headers = {"Cache-Control": "public, max-age=31536000", "ETag": sheet.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == sheet.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(sheet.small, media_type=CSS, headers=headers | {"Content-Encoding": "gzip"})
    return Response(sheet.plain, media_type=CSS, headers=headers)


def _provider_of(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound
    return provider


def _has_no_provider(request: Request) -> bool:
    return request.app.state.provider is None


def _callback_of(request: Request) -> str:
    """Where the provider sends the browser back to. It knows the address too, and sends nobody to another."""
    return f"{origin_of(request)}/sign-in/callback"


def _within(request: Request, address: str) -> str:
    """An address of this site; its first page for any other."""
    site: Site = request.app.state.site
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside and "\\" not in address else site.home
