"""The pages of who works referrals: the worklists, and the record of one referral."""

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from services.referrals.addresses import refuse_personal_query
from services.referrals.pages.lists import MINE, list_asked, lists_offered
from services.referrals.pages.record import READ_CASES, read_record, read_told
from services.referrals.pages.rules import STATES, TONES, items_in, totals, waiting_words
from services.referrals.pages.schemas import ListPageQuery, RecordPageQuery
from services.referrals.pages.showing import DONE, record_page, told, who
from services.referrals.records.scope import READ, WORK
from services.referrals.records.states import LIST_STAGES
from services.referrals.worklists.reading import ListShown, show_list
from shared.auth.caller import Caller
from shared.http.parameters import DEFAULT_LIST, PathId
from shared.problems import BadRequest, Forbidden, Invalid, NotFound, Unauthenticated, responses
from shared.service.browsing.frame import page
from shared.service.browsing.guard import Seen
from shared.service.guard import PlatformOf
from shared.service.routing import pager_of

router = APIRouter(
    tags=["pages"],
    include_in_schema=False,
    dependencies=[Depends(refuse_personal_query)],
    responses=responses(BadRequest, Unauthenticated, Forbidden, NotFound, Invalid),
)
Reader = Annotated[Caller, Seen(WORK, READ)]
CaseReader = Annotated[Caller, Seen(READ_CASES)]


@router.get("/worklist")
async def read_worklist_page(
    request: Request, caller: Reader, platform: PlatformOf, asked: Annotated[ListPageQuery, Query()]
) -> Response:
    """A list of what is to be done next, soonest first: the community's own unless another is asked for."""
    now = platform.clock()
    offers = lists_offered(platform, caller, now)
    chosen = list_asked(offers, asked)
    pager = pager_of(request, limit=DEFAULT_LIST, cursor=asked.cursor)
    shown = await show_list(platform, chosen.wanted, caller=caller, pager=pager, now=now)
    return page(
        request,
        "worklist.jinja",
        offers=offers,
        chosen=chosen,
        hands=caller.has(WORK),
        asked=asked,
        shown=shown,
        done=None if asked.done is None else DONE[asked.done],
        following=_following(asked, shown),
        own=[one for at, one in enumerate(offers) if at == 0 or one.key == MINE],
        waits=partial(waiting_words, now=now),
        states=[(state, STATES[state], TONES[state], totals(shown.counts, state)) for state in STATES],
        stages=[(stage, items_in(shown.counts[stage])) for stage in LIST_STAGES],
        **told(),
    )


def _following(asked: ListPageQuery, shown: ListShown) -> str | None:
    """The address of the page behind this one: as this one was asked for, for its cursor is good for nothing else."""
    if shown.page.next is None:
        return None
    named = asked.model_dump(exclude_unset=True, exclude={"cursor", "done"})
    return f"/worklist?{urlencode({**named, 'cursor': shown.page.next})}"


@router.get("/worklist/referrals/{referral_id}")
async def read_record_page(
    request: Request,
    caller: Reader,
    platform: PlatformOf,
    referral_id: PathId,
    asked: Annotated[RecordPageQuery, Query()],
) -> Response:
    """A referral with its case: what is next, who it is about, the plan, what happened."""
    record = await read_record(platform, referral_id, caller=caller)
    return record_page(request, record, done=asked.done, opened=asked.open)


@router.get("/worklist/referrals/{referral_id}/cases/{case_id}/disclosures")
async def read_told_page(
    request: Request, caller: CaseReader, platform: PlatformOf, referral_id: PathId, case_id: PathId
) -> Response:
    """Who was told what of a person, and who read the case without being asked."""
    referral, told_of = await read_told(platform, referral_id, case_id, caller=caller)
    return page(request, "told.jinja", disclosures=told_of, **who(platform, referral), **told())
