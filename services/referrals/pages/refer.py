"""Pages of practices and partners without a system of their own: the form of a referral, and what became of those they sent."""

from typing import Annotated, Any, get_args
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.identity.schemas import FlagKind
from services.referrals.intake.actions import receive_referral
from services.referrals.intake.rules import LEGAL_BASES
from services.referrals.intake.schemas import Gender, ReferralReceipt
from services.referrals.pages.faults import Attempt, refused
from services.referrals.pages.rules import STATUSES
from services.referrals.pages.saying import referral_said
from services.referrals.pages.schemas import SentPageQuery
from services.referrals.pages.showing import named, place_name, team_name, told
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import PRIORITIES
from services.referrals.records.actions import list_referrals
from services.referrals.records.queries import Wanted
from services.referrals.records.rules import Filters, name_of
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import READ
from shared.auth.caller import Caller
from shared.http.parameters import DEFAULT_LIST
from shared.idempotency.keys import check_key
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.browsing.forms import form_of_session, new_key
from shared.service.browsing.frame import page
from shared.service.browsing.guard import Seen
from shared.service.guard import PlatformOf
from shared.service.handlers import note_refusal
from shared.service.platform import Platform
from shared.service.routing import pager_of

router = APIRouter(
    tags=["pages"],
    include_in_schema=False,
    dependencies=[Depends(refuse_personal_query)],
    responses=responses(
        BadRequest, Unauthenticated, Forbidden, Conflict, TooLarge, UnsupportedMediaType, Invalid
    ),
)
Sender = Annotated[Caller, Seen("referrals.create")]
Follower = Annotated[Caller, Seen(READ)]


@router.get("/refer")
async def read_refer_page(request: Request, caller: Sender) -> Response:
    """The form, empty."""
    return _form(request, caller)


@router.post("/refer")
async def refer_by_form(request: Request, caller: Sender, platform: PlatformOf) -> Response:
    """Take a referral in as the interface does, and say where it went; the same form again is told the same."""
    form = await form_of_session(request)
    try:
        key = check_key(form.get("key", ""))
        body = orjson.dumps(referral_said(form, org=caller.org))
        receipt = await receive_referral(platform, body, caller=caller, key=key)
    except (BadRequest, Invalid, Conflict) as problem:
        wrong = Attempt("refer", form, problem)
    else:
        if not receipt.replayed:
            platform.nudges.ring(("facts",))
        return _receipt(request, orjson.loads(receipt.body))
    await note_refusal(request, wrong.problem)
    return _form(request, caller, wrong)


@router.get("/sent")
async def read_sent_page(
    request: Request, caller: Follower, platform: PlatformOf, asked: Annotated[SentPageQuery, Query()]
) -> Response:
    """A page of what an organisation referred, newest first, and what became of it; whoever must answer something sees it first."""
    pager = pager_of(request, limit=DEFAULT_LIST, cursor=asked.cursor)
    before = pager.after()
    status = None if asked.status == "any" else asked.status
    rows = await _followed(platform, caller, status, before=UUID(str(before[0])) if before else None)
    part = pager.page(rows, shown=lambda row: row, at=lambda row: [str(row.id)])
    # They are received in about this order; within a page the order is that of the days that it shows.
    sent = sorted(part.items, key=lambda one: one.referred_at, reverse=True)
    if before is None and status is None:
        asking = (await _followed(platform, caller, "information-requested"))[:DEFAULT_LIST]
        asks = {one.id for one in asking}
        sent = [*asking, *(one for one in sent if one.id not in asks)]
    names = {one.id: name_of(one.patient.given, one.patient.family) for one in sent}
    return page(
        request,
        "sent-list.jinja",
        sent=sent,
        asked=asked,
        following=None if part.next is None else _following(asked, part.next),
        names=names,
        statuses=STATUSES,
        places={one.icc: place_name(platform, one.icc) for one in sent},
        **told(),
    )


async def _followed(
    platform: Platform, caller: Caller, status: str | None, *, before: UUID | None = None
) -> list[ReferralAnswer]:
    """Referrals that a caller may follow, one more than a page has where more follow. status: of these alone."""
    wanted = Wanted(before, DEFAULT_LIST)
    now = platform.clock()
    rows = await list_referrals(
        platform, caller=caller, filters=Filters(status=status), wanted=wanted, now=now
    )
    return [ReferralAnswer.model_validate(one) for one in rows]


def _following(asked: SentPageQuery, cursor: str) -> str:
    """The address of the page behind this one, asked for as this one was."""
    named = asked.model_dump(exclude_unset=True, exclude={"cursor"})
    return f"/sent?{urlencode({**named, 'cursor': cursor})}"


def _form(request: Request, caller: Caller, attempt: Attempt | None = None) -> Response:
    platform: Platform = request.app.state.platform
    pathways = catalogue().pathways
    options = {
        "pathways": [(key, one.title) for key, one in pathways.items()],
        "priorities": named(PRIORITIES),
        "genders": named(get_args(Gender)),
        "legal_bases": named(LEGAL_BASES),
        "flags": named(get_args(FlagKind)),
    }
    return page(
        request,
        "refer.jinja",
        **refused(attempt, shown=True),
        options=options,
        whom=[(one.title, one.for_whom) for one in pathways.values()],
        new_key=new_key,
        org=caller.org,
        now=platform.clock().isoformat(timespec="seconds"),
    )


def _receipt(request: Request, receipt: dict[str, Any]) -> Response:
    platform: Platform = request.app.state.platform
    return page(
        request,
        "receipt.jinja",
        receipt=ReferralReceipt.model_validate(receipt),
        place=place_name(platform, receipt["icc"]),
        team=team_name(platform, receipt["team"]),
        **told(),
    )
