"""Reading referrals: one, a list, a person's, and what happened to one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.records.actions import (
    change_referral,
    list_referrals,
    open_history,
    open_referral,
    search_referrals,
)
from services.referrals.records.answers import event_shown
from services.referrals.records.queries import Wanted
from services.referrals.records.rules import Filters
from services.referrals.records.schemas import (
    History,
    ListQuery,
    PersonSearch,
    ReferralAnswer,
    ReferralChange,
)
from services.referrals.records.scope import CREATE, READ, UPDATE, WORK, named_iccs
from shared.auth.caller import Caller
from shared.http.answers import json_answer
from shared.http.conditional import IfMatch, not_modified
from shared.http.parameters import PathId, parameters_of
from shared.http.validation import read_query
from shared.http.versions import etag
from shared.months import london_day
from shared.problems import BadRequest, Forbidden, Invalid, NotFound, Unauthenticated, responses
from shared.service.acting import Act
from shared.service.direct import DirectRoute
from shared.service.guard import Requires, may
from shared.service.paging import Page
from shared.service.platform import Platform
from shared.service.routing import Paging, Router, entries_of_read, page_answer, pager_of

router = Router(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])
direct = APIRouter(tags=["referrals"], dependencies=[Depends(refuse_personal_query)], route_class=DirectRoute)
Reader = Annotated[Act, may(READ)]
SenderOrCaseManager = Annotated[Act, may(CREATE, UPDATE, WORK)]


@direct.get(
    "/v1/referrals/{referral_id}",
    response_model=ReferralAnswer,
    responses=entries_of_read(ReferralAnswer) | responses(BadRequest, Unauthenticated, Forbidden, NotFound),
)
async def read(request: Request, caller: Annotated[Caller, Requires(READ)], referral_id: PathId) -> Response:
    """One referral as it stands. A foreign one is not found; the attempt is recorded."""
    platform: Platform = request.app.state.platform
    answer = await open_referral(platform, referral_id, caller=caller)
    headers = {"ETag": etag(answer["version"])}
    if not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return json_answer(answer, headers=headers)


@direct.get(
    "/v1/referrals",
    response_model=Page[ReferralAnswer],
    openapi_extra={"parameters": parameters_of(ListQuery)},
    responses=entries_of_read(Page[ReferralAnswer])
    | responses(Unauthenticated, Forbidden, BadRequest, Invalid),
)
async def index(request: Request, caller: Annotated[Caller, Requires(READ)]) -> Response:
    """The caller's referrals, newest first, narrowed by any of the filters. `from` and `to` are days of referral."""
    platform: Platform = request.app.state.platform
    now = platform.clock()
    query = read_query(request.scope["query_string"], ListQuery)
    pager = pager_of(request, limit=query.limit, cursor=query.cursor)
    before = pager.after()
    filters = Filters(
        iccs=named_iccs(query.icc, registry=platform.registry, on=london_day(now)),
        status=query.status,
        pathway=query.pathway,
        team=query.team,
        overdue=query.overdue,
        first=query.first,
        last=query.last,
    )
    wanted = Wanted(UUID(before[0]) if before else None, query.limit)
    rows = await list_referrals(platform, caller=caller, filters=filters, wanted=wanted, now=now)
    page = pager.page(rows, shown=lambda row: row, at=lambda row: [row["id"]])
    return page_answer(request, page)


@router.ask("/v1/referrals/search")
async def search(act: Reader, search: PersonSearch, paging: Paging) -> Page[ReferralAnswer]:
    """The referrals of one person that the caller may see, newest first. The identifier stands in the body, never in the address.

    For the next page post the same body to the address with `cursor=`.
    """
    return await search_referrals(act, search, paging=paging)


@router.get("/v1/referrals/{referral_id}/history")
async def history(act: Reader, referral_id: PathId) -> History:
    """Everything that happened to a referral, oldest first."""
    events = await open_history(act, referral_id)
    return History(items=[event_shown(event, keyring=act.keyring) for event in events])


@router.patch("/v1/referrals/{referral_id}")
async def change(
    act: SenderOrCaseManager, referral_id: PathId, patch: ReferralChange, expected: IfMatch
) -> ReferralAnswer:
    """Change the priority or how the person is reached, by JSON merge patch, on the version that If-Match names."""
    return await change_referral(act, referral_id, patch, expected=expected)
