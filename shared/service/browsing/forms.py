"""Forms of pages: read whole, found to be ours, and done once, by the action that the interface calls too.

A form carries what a client of the interface puts into headers: the version it was made on, and a key of its own, so that a
second press of its button changes nothing.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson
from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from shared.auth.caller import Caller
from shared.http.bodies import ModelT, parse_json_body, read_body
from shared.http.matching import check_content_type
from shared.http.versions import ExpectedVersion
from shared.idempotency.answers import KeyedRequest, keep_answer, rights_of
from shared.idempotency.keys import check_key, digest_of
from shared.problems import BadRequest, Forbidden, PreconditionRequired, Problem
from shared.service.acting import Act
from shared.service.browsing.sessions import Session, form_secret, held_session, is_ours
from shared.service.guard import check_recorded, first_answer, route_of
from shared.service.platform import Platform

FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES: Final = 128 * 1024
"""Several notes of 10,000 characters, each of which may take nine bytes on the way."""
MOST_FIELDS: Final = 600
"""A whole care plan: 50 goals, 50 actions of four members, 20 contacts of four, and what stands once."""
NONE_YET: Final = "*"
"""The version of a form by which something is written first."""
WRITTEN_BYTES: Final = 1024 * 1024
_VERSION: Final = re.compile(r"[0-9]{1,15}")
BESIDE: Final = frozenset({"form", "key", "version"})
"""What a form carries beside what somebody filled in."""

Filled = Mapping[str, str]
"""The members of a form, by name."""


async def read_form(request: Request, *, limit: int = FORM_BYTES) -> dict[str, str]:
    """The members of a form, the last of each name. Raises BadRequest, UnsupportedMediaType, TooLarge, RequestTimeout."""
    check_content_type(request, (FORM,))
    raw = await read_body(request, limit=limit)
    try:
        pairs = parse_qsl(raw.decode("ascii"), max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise BadRequest("The form cannot be read.", code="body.encoding") from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def check_ours(platform: Platform, secret: str | None, form: Filled) -> None:
    """Refuse a form that another site may have made. secret: the browser's. Raises Forbidden."""
    if secret is None or not is_ours(platform, secret, form.get("form", "")):
        raise Forbidden("This form is too old, or is not of this site. Open the page again.", code="origin")


async def form_of_session(request: Request, *, limit: int = FORM_BYTES) -> dict[str, str]:
    """The members of a form of a page whose caller the guard knows. Raises Forbidden, and what `read_form` raises."""
    form = await read_form(request, limit=limit)
    session: Session | None = getattr(request.state, "session", None)
    platform: Platform = request.app.state.platform
    cookies = request.headers.get("cookie", "")
    check_ours(platform, str(session.id) if session else form_secret(cookies, platform), form)
    return form


async def written_in(request: Request) -> list[str]:
    """What somebody had written into a form whose session is over: told back once, for it is kept nowhere else.

    Nothing of a form that is not ours: another site must not put words on a page of this one.
    """
    if request.method != "POST":
        return []
    platform: Platform = request.app.state.platform
    session = held_session(platform, request.headers.get("cookie", ""))
    if session is None:
        return []
    try:
        form = await read_form(request, limit=WRITTEN_BYTES)
    except Problem:
        return []
    if not is_ours(platform, str(session.id), form.get("form", "")):
        return []
    # Words have blanks between them; days, numbers and what was chosen from a list have none.
    return [value for name, value in form.items() if name not in BESIDE and " " in value.strip()]


def new_key() -> str:
    """The key of a form that is shown now."""
    return str(uuid4())


def version_of(form: Filled) -> ExpectedVersion:
    """The version that a form was made on. Raises PreconditionRequired."""
    said = form.get("version", "")
    if said == NONE_YET:
        return ExpectedVersion(frozenset(), first=True)
    if not _VERSION.fullmatch(said):
        raise PreconditionRequired("The form names no version. Open the page again.")
    return ExpectedVersion(frozenset({int(said)}))


def understood(said: Mapping[str, object], model: type[ModelT], *, platform: Platform) -> ModelT:
    """What was filled in as the body that the interface takes: the same model finds the same faults. Raises BadRequest, Invalid."""
    return parse_json_body(orjson.dumps(said), model, now=platform.clock())


class Made(NamedTuple):
    """What an act by a form made. location: the address that follows.   body: what its page tells, kept for a repeat."""

    location: str
    body: bytes = b""


async def done_once(
    request: Request, caller: Caller, form: Filled, act_on: Callable[[Act], Awaitable[str]]
) -> Response:
    """Do what a form asks, in one transaction, and lead to the address that it returns; a repeat leads there again.

    Raises what the action raises; then nothing was changed.
    """

    async def made(act: Act) -> Made:
        return Made(await act_on(act))

    done = await made_once(request, caller, form, made)
    return RedirectResponse(done.location, status_code=303)


async def made_once(
    request: Request, caller: Caller, form: Filled, act_on: Callable[[Act], Awaitable[Made]]
) -> Made:
    """The same for a form whose page tells what was made: a repeat is told the first answer."""
    platform: Platform = request.app.state.platform
    said = {name: value for name, value in sorted(form.items()) if name != "form"}
    keyed = KeyedRequest.of(
        platform.keyring,
        caller,
        route=route_of(request),
        key=check_key(form.get("key", "")),
        digest=digest_of(orjson.dumps(said)),
        rights=rights_of(caller),
    )
    async with platform.transaction() as session:
        act = Act(caller, session, platform, platform.clock(), keyed)
        first = await first_answer(act, request)
        if first is not None:
            return Made(first.location or "/", first.body)
        made = await act_on(act)
        check_recorded(act)
        headers = {"location": made.location}
        await keep_answer(session, platform.keyring, keyed, status=303, headers=headers, body=made.body)
    return made
