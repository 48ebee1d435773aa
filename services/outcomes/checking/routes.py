"""The pages on which a council checks a return before it sends it, and which returns came: the reading and the rules of the interface."""

import asyncio
import binascii
from base64 import b64decode, urlsafe_b64encode
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from services.outcomes.catalogue.routes import read_template
from services.outcomes.checking.grid import grids_of
from services.outcomes.checking.queries import newest_returns, newest_submissions, returns_of_feeds
from services.outcomes.checking.rules import (
    day_words,
    instant_words,
    months_words,
    period_words,
    place_name,
    return_words,
)
from services.outcomes.errors import NotASupplier, UnknownFeed
from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import Form, Question, SentFile
from services.outcomes.feeds.showing import MOST_ROWS
from services.outcomes.parameters import AskedPeriod, DeclarationsOf, DeclaredFeed
from services.outcomes.settings import Settings
from services.outcomes.submissions.actions import Sending, check_file_shown, post_file
from services.outcomes.submissions.bodies import read_form_with_file
from services.outcomes.submissions.rules import supplier, visible_councils
from services.outcomes.submissions.schemas import SubmissionDocument, submission_document
from shared.auth.caller import Caller
from shared.idempotency.answers import KeyedRequest
from shared.idempotency.keys import check_key, digest_of
from shared.months import Month, Period, parse_period
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    responses,
)
from shared.service.acting import Act
from shared.service.browsing.forms import form_of_session, new_key
from shared.service.browsing.frame import page
from shared.service.browsing.guard import Seen, seeing
from shared.service.guard import PlatformOf, route_of
from shared.service.platform import Platform

router = APIRouter(
    tags=["pages"],
    include_in_schema=False,
    responses=responses(
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotASupplier,
        NotFound,
        UnknownFeed,
        Conflict,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        Unavailable,
    ),
)
Officer = Annotated[Caller, Seen("feeds.write")]
MOST_SENT: Final = 1024 * 1024
"""A return that is sent from its page waits there for the press of the button, so that nothing unsent is kept here."""
FORMS: Final[dict[str, Form]] = {"csv": "csv", "xlsx": "xlsx"}


@router.get("/check")
async def read_check_page(
    request: Request,
    act: Annotated[Act, seeing("feeds.write")],
    declarations: DeclarationsOf,
    period: AskedPeriod,
    feed: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Choose a feed and drop its file; what is due, late and overdue stands beside it."""
    offered = [one for one in declarations.feeds.values() if supplier(act.caller, one, act.registry)]
    chosen = next((one for one in offered if feed in (None, one.feed)), None)
    if not offered:
        raise NotASupplier("Your sign-in names no council that sends a return.")
    if chosen is None:
        raise NotFound
    council = supplier(act.caller, chosen, act.registry)
    return page(
        request,
        "check.jinja",
        feeds=offered,
        chosen=chosen,
        period=_label(period),
        returns=[] if council is None else await newest_returns(act, chosen, council),
        period_words=period_words,
        day_words=day_words,
        return_words=return_words,
    )


@router.get("/check/{feed}/blank.xlsx")
async def read_blank_return(
    act: Annotated[Act, seeing("feeds.write")],
    declarations: DeclarationsOf,
    feed: DeclaredFeed,
    period: AskedPeriod,
) -> Response:
    """A blank return of the officer's council, in the layout that it prints where one is declared."""
    council = _council(act.platform, act.caller, feed)
    shape: Literal["long", "printed"] = "printed" if declarations.layouts_of(feed.feed, council) else "long"
    return await read_template(act, feed, "xlsx", period, declarations, shape=shape)


@router.get("/returns")
async def read_returns_page(
    request: Request, act: Annotated[Act, seeing("feeds.read")], declarations: DeclarationsOf
) -> Response:
    """Which returns came, which are due, late and overdue, what of them is missing, and what was wrong with what was sent."""
    councils = visible_councils(act.caller, act.registry)
    if councils is not None and not councils:
        raise Forbidden("Your sign-in names neither a council nor communities.")
    return page(
        request,
        "returns.jinja",
        feeds=await returns_of_feeds(act, declarations.feeds.values(), councils),
        sent=await newest_submissions(act, councils),
        name_of=lambda slug: place_name(act.registry, slug),
        period_words=period_words,
        day_words=day_words,
        instant_words=instant_words,
        return_words=return_words,
        months_words=months_words,
    )


@router.post("/check/{feed}")
async def check_by_page(
    request: Request, caller: Officer, platform: PlatformOf, feed: DeclaredFeed
) -> Response:
    """Read a file as the interface would and keep nothing of it: what is wrong is shown in its own rows."""
    council = _council(platform, caller, feed)
    file, beside = await read_form_with_file(request, ("period",))
    period = _period(beside["period"]) if beside.get("period") else None
    question = Question(
        feed.feed, council, file.form, period, received_in=Month.of(platform.clock()), shown=True
    )
    report, rows = await check_file_shown(
        platform, request.app.state.parser, file, question, feed=feed, withdrawn=()
    )
    sendable = not report.errors_total and file.form in FORMS and len(file.content) <= MOST_SENT
    grids, told = grids_of(rows, report.errors)
    return page(
        request,
        "checked.jinja",
        status=422 if report.errors_total else 200,
        feed=feed,
        report=report,
        told=told,
        grids=grids,
        most_rows=MOST_ROWS,
        period=_label(period),
        kind=file.form,
        content=urlsafe_b64encode(file.content).decode() if sendable else None,
        new_key=new_key,
    )


@router.post("/check/{feed}/send")
async def send_by_page(
    request: Request, caller: Officer, platform: PlatformOf, feed: DeclaredFeed
) -> Response:
    """Send the file that was found clean, as the interface takes it; the same form again is told the same."""
    council = _council(platform, caller, feed)
    form = await form_of_session(request, limit=2 * MOST_SENT)
    stated = "" if not form.get("period") else _period(form["period"]).label
    file = await asyncio.to_thread(_file, form)
    digest = digest_of(f"{file.sha256} {file.form} {stated}".encode())
    key = check_key(form.get("key", ""))
    keyed = KeyedRequest.of(platform.keyring, caller, route=route_of(request), key=key, digest=digest)
    sending = Sending(caller, feed.feed, council, file, stated, "", keyed)
    seconds = platform.settings_of(Settings).feed_wait.total_seconds()
    posted = await post_file(platform, sending, seconds=seconds)
    return _sent(request, feed, submission_document(posted.state))


def _sent(request: Request, feed: Feed, document: SubmissionDocument) -> Response:
    status = 422 if document.status == "rejected" else 200
    return page(request, "sent.jinja", status=status, feed=feed, report=document)


def _council(platform: Platform, caller: Caller, feed: Feed) -> str:
    council = supplier(caller, feed, platform.registry)
    if council is None:
        senders = " and ".join(feed.suppliers)
        raise NotASupplier(f"The {feed.feed} feed is sent by {senders} councils, each for itself.")
    return council


def _file(form: Any) -> SentFile:
    try:
        content = b64decode(form["content"], altchars=b"-_", validate=True)
        return SentFile.of(content, FORMS[form["kind"]])
    except (binascii.Error, ValueError, KeyError):
        raise BadRequest("The form holds no file. Check the return again.", code="body.incomplete") from None


def _period(text: str) -> Period:
    try:
        return parse_period(text)
    except ValueError:
        raise Invalid.one(
            "date.format", "/period", "A period is written 2019-20-Q4, 2019-20 or 2020-01."
        ) from None


def _label(period: Period | None) -> str | None:
    return None if period is None else period.label
