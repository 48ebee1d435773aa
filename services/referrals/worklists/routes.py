"""The lists of communities, teams and people, and the changes of hands."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import READ, WORK
from services.referrals.worklists.actions import (
    assign_referral,
    cover_list,
    list_of_community,
    list_of_person,
    list_of_team,
    list_of_tracing,
    reassign_referrals,
)
from services.referrals.worklists.queries import Wanted
from services.referrals.worklists.reading import show_list
from services.referrals.worklists.schemas import (
    AssignRequest,
    CoverAnswer,
    CoverRequest,
    ReassignAnswer,
    ReassignRequest,
    WorklistAnswer,
    WorklistQuery,
)
from shared.auth.caller import Caller
from shared.http.conditional import IfMatch
from shared.http.parameters import PathId, parameters_of
from shared.http.validation import read_query
from shared.problems import BadRequest, Forbidden, Invalid, NotFound, Unauthenticated, responses
from shared.service.acting import Act
from shared.service.direct import DirectRoute
from shared.service.guard import Requires, may
from shared.service.platform import Platform
from shared.service.routing import Router, page_answer, pager_of

router = Router(tags=["worklists"], dependencies=[Depends(refuse_personal_query)])
lists = APIRouter(tags=["worklists"], dependencies=[Depends(refuse_personal_query)], route_class=DirectRoute)
CaseManager = Annotated[Act, may(WORK)]
Reader = Annotated[Caller, Requires(WORK, READ)]
_LIST: dict[str, Any] = {
    "response_model": WorklistAnswer,
    "openapi_extra": {"parameters": parameters_of(WorklistQuery)},
    "responses": responses(BadRequest, Unauthenticated, Forbidden, NotFound, Invalid),
}


@router.act("/v1/referrals/{referral_id}/assign")
async def assign(
    act: CaseManager, referral_id: PathId, to: AssignRequest, expected: IfMatch
) -> ReferralAnswer:
    """Give a referral to somebody, or back to the team, on the version that If-Match names."""
    return await assign_referral(act, referral_id, to, expected=expected)


@router.act("/v1/worklists/reassign")
async def reassign(act: CaseManager, asked: ReassignRequest) -> ReassignAnswer:
    """Give the open referrals of somebody who leaves to somebody else, or to the team."""
    return await reassign_referrals(act, asked)


@router.act("/v1/worklists/cover")
async def cover(act: CaseManager, asked: CoverRequest) -> CoverAnswer:
    """Let somebody who stands in read the list of who is away as their own, as far as their token goes."""
    return await cover_list(act, asked)


@lists.get("/v1/worklists/me", **_LIST)
async def of_person(request: Request, caller: Reader) -> Response:
    """The caller's own list, and those of the people whom the caller covers today."""
    return await _answer(request, caller, list_of_person)


@lists.get("/v1/worklists/tracing", **_LIST)
async def of_tracing(request: Request, caller: Reader) -> Response:
    """The referrals whose person is still to be found."""
    return await _answer(request, caller, list_of_tracing)


@lists.get("/v1/worklists/teams/{team}", **_LIST)
async def of_team(request: Request, caller: Reader, team: str) -> Response:
    """A team's list, for the team itself and for who works in its area."""
    return await _answer(request, caller, partial(list_of_team, team=team))


@lists.get("/v1/worklists/{icc}", **_LIST)
async def of_community(request: Request, caller: Reader, icc: str) -> Response:
    """The list of a community, or `unrouted`, for who works there. Hot work stands on its team's list and never here."""
    return await _answer(request, caller, partial(list_of_community, icc=icc))


async def _answer(request: Request, caller: Caller, find: Callable[..., Wanted]) -> Response:
    platform: Platform = request.app.state.platform
    now = platform.clock()
    query = read_query(request.scope["query_string"], WorklistQuery)
    wanted = find(platform, caller, now=now)
    pager = pager_of(request, limit=query.limit, cursor=query.cursor)
    shown = await show_list(platform, wanted, caller=caller, pager=pager, now=now)
    told: dict[str, Any] = {"warnings": list(shown.warnings)} if shown.warnings else {}
    return page_answer(request, shown.page, counts=shown.counts, **told)
