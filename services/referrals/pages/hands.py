"""The page on which work is handed over: the list of somebody who leaves, and who stands in for somebody who is away."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final, Literal, get_args

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.referrals.addresses import refuse_personal_query
from services.referrals.pages.faults import Attempt, refused
from services.referrals.pages.saying import Filled, cover_said, reassignment_said
from services.referrals.pages.showing import named, options, told
from services.referrals.records.scope import WORK
from services.referrals.records.states import Stage
from services.referrals.worklists.actions import cover_list, reassign_referrals
from services.referrals.worklists.queries import people_with_work
from services.referrals.worklists.schemas import CoverRequest, ReassignRequest
from shared.auth.caller import Caller
from shared.months import london_day
from shared.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)
from shared.service.acting import Act
from shared.service.browsing.forms import done_once, form_of_session, new_key, understood
from shared.service.browsing.frame import page
from shared.service.browsing.guard import Seen
from shared.service.handlers import note_refusal
from shared.service.platform import Platform

router = APIRouter(
    tags=["pages"],
    include_in_schema=False,
    dependencies=[Depends(refuse_personal_query)],
    responses=responses(
        BadRequest, Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, UnsupportedMediaType, Invalid
    ),
)
CaseManager = Annotated[Caller, Seen(WORK)]
HANDS: Final = "/worklist/hands"
Handing = Literal["reassign", "cover"]


class HandsQuery(BaseModel):
    """What was just done. changed: so many referrals changed hands.   left: so many are still to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: Handing | None = None
    changed: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    left: Annotated[int, Field(ge=0, le=1_000_000)] = 0


@router.get(HANDS)
async def read_hands_page(
    request: Request, caller: CaseManager, asked: Annotated[HandsQuery, Query()]
) -> Response:
    """The forms, empty, and what was just done by one of them."""
    return await _hands(request, caller, done=_done_words(asked))


@router.post(f"{HANDS}/{{name}}")
async def hand_over_work(request: Request, caller: CaseManager, name: Handing) -> Response:
    """Hand somebody's referrals to somebody else, or say who stands in; what is refused is told beside its form."""
    form = await form_of_session(request)

    async def act_on(act: Act) -> str:
        return await _DOES[name](act, form)

    try:
        return await done_once(request, caller, form, act_on)
    except (BadRequest, Invalid, Conflict) as problem:
        await note_refusal(request, problem)
        return await _hands(request, caller, attempt=Attempt(name, form, problem))


async def _reassign(act: Act, form: Filled) -> str:
    said = reassignment_said(form, me=act.caller.client)
    moved = await reassign_referrals(act, understood(said, ReassignRequest, platform=act.platform))
    return f"{HANDS}?done=reassign&changed={moved.reassigned}&left={moved.left}"


async def _cover(act: Act, form: Filled) -> str:
    await cover_list(act, understood(cover_said(form), CoverRequest, platform=act.platform))
    return f"{HANDS}?done=cover"


_DOES: Final[Mapping[Handing, Callable[[Act, Filled], Awaitable[str]]]] = {
    "reassign": _reassign,
    "cover": _cover,
}


def _done_words(asked: HandsQuery) -> str | None:
    if asked.done == "cover":
        return "It is recorded who stands in."
    if asked.done is None:
        return None
    if not asked.changed:
        return "Nothing changed hands: no open referral stood under this name that you may work."
    changed = "One referral" if asked.changed == 1 else f"{asked.changed} referrals"
    rest = f" {asked.left} are left: send the form again for those." if asked.left else ""
    return f"{changed} changed hands.{rest}"


async def _hands(
    request: Request, caller: Caller, *, done: str | None = None, attempt: Attempt | None = None
) -> Response:
    platform: Platform = request.app.state.platform
    now = platform.clock()
    async with platform.transaction() as session:
        people = await people_with_work(Act(caller, session, platform, now))
    choices: dict[str, Any] = options(platform, now)
    return page(
        request,
        "hands.jinja",
        **refused(attempt, shown=True),
        done=done,
        people=people,
        me=caller.client,
        options=choices | {"stages": named(get_args(Stage))},
        new_key=new_key,
        today=london_day(now).isoformat(),
        **told(),
    )
