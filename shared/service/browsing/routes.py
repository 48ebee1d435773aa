"""Where people sign in and out, and where pages get their style sheets."""

from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from shared.http.bodies import read_body
from shared.http.matching import check_content_type
from shared.problems import Forbidden, NotFound
from shared.service.browsing.frame import problem_page, sign_in_page
from shared.service.browsing.sessions import (
    begin,
    ended_cookie,
    form_secret,
    is_ours,
    session_cookie,
    session_of,
)
from shared.service.browsing.sheets import CSS, SHEETS, sheet_of
from shared.service.guard import PlatformOf
from shared.service.platform import Platform

browsing_router = APIRouter(tags=["pages"], include_in_schema=False)

FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES: Final = 16 * 1024


@browsing_router.get("/sign-in")
async def read_sign_in(request: Request) -> Response:
    """The form to sign in with a token."""
    return sign_in_page(request, after="/")


@browsing_router.post("/sign-in")
async def sign_in(request: Request, platform: PlatformOf) -> Response:
    """Begin a session with the token of the form, and show the page that was asked for."""
    request.state.answer_problem = problem_page(request)
    form = await _form_of(request)
    secret = form_secret(request.headers.get("cookie", ""), platform)
    _check_ours(platform, secret, form)
    token = "".join(form.get("token", "").split())
    request.state.caller = await platform.tokens.verify(token, from_outside=True)
    answer = RedirectResponse(_within(form.get("after", "/")), status_code=303)
    answer.headers.append("Set-Cookie", session_cookie(platform, begin(token, platform.clock())))
    return answer


@browsing_router.post("/sign-out")
async def sign_out(request: Request, platform: PlatformOf) -> Response:
    """End the browser's session."""
    request.state.answer_problem = problem_page(request)
    form = await _form_of(request)
    session = session_of(platform, request.headers.get("cookie", ""))
    _check_ours(platform, None if session is None else str(session.id), form)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.headers.append("Set-Cookie", ended_cookie(platform))
    return answer


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


async def _form_of(request: Request) -> dict[str, str]:
    """The members of a form, the last of each name. Raises UnsupportedMediaType, TooLarge, RequestTimeout."""
    check_content_type(request, (FORM,))
    text = (await read_body(request, limit=FORM_BYTES)).decode("utf-8", "replace")
    return dict(parse_qsl(text))


def _check_ours(platform: Platform, secret: str | None, form: dict[str, str]) -> None:
    if secret is None or not is_ours(platform, secret, form.get("form", "")):
        raise Forbidden("This form is too old, or is not of this site. Open the page again.", code="origin")


def _within(address: str) -> str:
    """An address of this site; its first page for any other."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside and "\\" not in address else "/"
