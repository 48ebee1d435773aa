"""The address of a one-time link. It needs no token: the link is the right to read one request and to answer it once."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.referrals.onward.actions import read_by_link, respond_by_link
from services.referrals.onward.page import HEADERS, gone_page, question_page, thanks_page
from services.referrals.onward.schemas import OnwardAnswer, RespondRequest
from shared.auth.caller import Caller
from shared.http.bodies import parse_json_body, read_body
from shared.http.matching import check_content_type
from shared.problems import BadRequest, Conflict, Invalid, NotFound
from shared.service.acting import Act
from shared.service.guard import PlatformOf
from shared.service.platform import Platform

HOLDER = Caller(client="one-time-link", scopes=frozenset())
"""Whoever has a link: the audit knows no more of them."""
LARGEST_FORM = 64 * 1024
_MOST_FIELDS = 10
_FORM = "application/x-www-form-urlencoded"
links = APIRouter(tags=["cases"])


@links.get("/answer/{token}", response_class=HTMLResponse, include_in_schema=False)
async def get_question(platform: PlatformOf, token: str) -> Response:
    """What a partner was asked, with the form of its answer; 404 for a link that does not hold."""
    try:
        asked = await _read(platform, token)
    except NotFound:
        return _html(gone_page(), status=404)
    return _html(question_page(asked, filled={}))


@links.post("/answer/{token}", response_class=HTMLResponse, include_in_schema=False)
async def post_answer(request: Request, platform: PlatformOf, token: str) -> Response:
    """The partner's one answer, from the form; 404 for a link that does not hold."""
    check_content_type(request, (_FORM,))
    raw = await read_body(request, limit=LARGEST_FORM)
    now = platform.clock()
    said: dict[str, str] = {}
    try:
        said = _said(raw)
        answered = parse_json_body(orjson.dumps(said), RespondRequest)
        async with platform.transaction() as session:
            answer = await respond_by_link(Act(HOLDER, session, platform, now), token, answered)
    except NotFound:
        return _html(gone_page(), status=404)
    except (BadRequest, Invalid, Conflict) as fault:
        return await _asked_again(platform, token, fault, said)
    return _html(thanks_page(answer))


async def _read(platform: Platform, token: str) -> OnwardAnswer:
    async with platform.transaction() as session:
        return await read_by_link(Act(HOLDER, session, platform, platform.clock()), token)


async def _asked_again(
    platform: Platform, token: str, fault: BadRequest | Invalid | Conflict, said: Mapping[str, str]
) -> Response:
    """The question again, with what was wrong with the answer and what it said; the link was not used."""
    try:
        asked = await _read(platform, token)
    except NotFound:
        return _html(gone_page(), status=404)
    page = question_page(asked, filled=said, errors=fault.errors, detail=fault.detail)
    return _html(page, status=fault.status)


def _said(raw: bytes) -> dict[str, str]:
    """What a form says; what was left empty was not said. Raises BadRequest."""
    try:
        fields = parse_qsl(
            raw.decode("ascii"), max_num_fields=_MOST_FIELDS, errors="strict", keep_blank_values=True
        )
    except ValueError:
        raise BadRequest("The form cannot be read.", code="body.encoding") from None
    if len({name for name, _ in fields}) < len(fields):
        raise BadRequest("The form says something twice. Send one answer.", code="body.duplicate_key")
    return {name: value.replace("\r\n", "\n") for name, value in fields if value.strip()}


def _html(page: str, *, status: int = 200) -> Response:
    return HTMLResponse(page, status_code=status, headers=HEADERS)
