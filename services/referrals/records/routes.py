"""Reading referrals: one, a list, a person's, and what happened to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.routing import Match
from starlette.types import Scope

from services.referrals.errors import PersonalQuery
from services.referrals.records.actions import list_referrals, open_history, open_referral, search_referrals
from services.referrals.records.answers import event_answer, referral_answer
from services.referrals.records.queries import Found, Wanted
from services.referrals.records.rules import Filters
from services.referrals.records.schemas import History, ListQuery, PersonSearch, ReferralAnswer, ReferralList
from services.referrals.records.scope import READ, named_iccs
from shared.auth.caller import Caller
from shared.http.answers import json_answer
from shared.http.bodies import json_body, request_body_schema
from shared.http.conditional import etag, not_modified
from shared.http.cursors import decode_cursor, encode_cursor, page
from shared.http.path_ids import PathId
from shared.http.query import DEFAULT_LIST, CursorParam, Limit, parameters_of
from shared.http.validation import read_query
from shared.months import london_day
from shared.problems import BadRequest, Forbidden, Invalid, NotFound, Unauthenticated, responses
from shared.service.deps import Clock, PlatformOf
from shared.service.direct import DirectRoute
from shared.service.guard import Requires
from shared.service.platform import Platform

PERSONAL = frozenset(
    ("nhs_number", "local_id", "family", "given", "name", "birth_date", "postcode", "phone", "email", "q")
)


async def refuse_personal_query(request: Request) -> None:
    """Refuse an address that names a person, with advice, before it is refused as merely unknown."""
    if request.scope["query_string"] and PERSONAL & request.query_params.keys():
        raise PersonalQuery


class RecordRoute(DirectRoute):
    """A route of referrals and of one. `/v1/referrals/search` is an address of its own, and no referral called search."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As other routes; no match for the search, whatever the method."""
        return (Match.NONE, {}) if scope.get("path") == SEARCH else super().matches(scope)


SEARCH = "/v1/referrals/search"
router = APIRouter(tags=["referrals"], dependencies=[Depends(refuse_personal_query)])
direct = APIRouter(tags=["referrals"], dependencies=[Depends(refuse_personal_query)], route_class=RecordRoute)
Reader = Annotated[Caller, Requires(READ)]


@direct.get(
    "/v1/referrals/{referral_id}",
    response_model=ReferralAnswer,
    responses=responses(Unauthenticated, Forbidden, NotFound),
)
async def read(request: Request, caller: Reader, referral_id: PathId) -> Response:
    """One referral as it stands. A foreign one is not found; the attempt is recorded."""
    platform: Platform = request.app.state.platform
    answer = await open_referral(platform, referral_id, caller=caller)
    headers = {"ETag": etag(answer["version"])}
    if not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return json_answer(answer, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of referrals as one caller pages through it: what its cursors are bound to."""

    of: str
    filters: Mapping[str, object]
    caller: Caller
    platform: Platform

    def place(self, cursor: str | None) -> UUID | None:
        """The id before which a page begins; None for the first. BadRequest for a cursor that is not of this list."""
        if cursor is None:
            return None
        (last_shown,) = decode_cursor(
            self._key, cursor, of=self.of, client=self.caller.client, filters=self.filters
        )
        return UUID(last_shown)

    def answer(self, found: Found, request: Request) -> Response:
        """The page, with the cursor of the next one when more follow."""
        items = [referral_answer(row, keyring=self.platform.keyring) for row in found.rows]
        following = self._cursor_after(items[-1]["id"]) if found.more else None
        return page(items, following, request)

    def _cursor_after(self, last_shown: str) -> str:
        return encode_cursor(
            self._key, of=self.of, client=self.caller.client, filters=self.filters, position=[last_shown]
        )

    @property
    def _key(self) -> bytes:
        return self.platform.keyring.signing_key("list-cursor")


@direct.get(
    "/v1/referrals",
    response_model=ReferralList,
    openapi_extra={"parameters": parameters_of(ListQuery)},
    responses=responses(Unauthenticated, Forbidden, BadRequest, Invalid),
)
async def index(request: Request, caller: Reader) -> Response:
    """The caller's referrals, newest first, narrowed by any of the filters. `from` and `to` are days of referral."""
    platform: Platform = request.app.state.platform
    now = platform.clock()
    query = read_query(request.scope["query_string"], ListQuery)
    listing = Listing(of="referrals", filters=query.narrowing(), caller=caller, platform=platform)
    filters = Filters(
        iccs=named_iccs(query.icc, registry=platform.registry, on=london_day(now)),
        status=query.status,
        pathway=query.pathway,
        team=query.team,
        overdue=query.overdue,
        first=query.first,
        last=query.last,
    )
    wanted = Wanted(listing.place(query.cursor), query.limit)
    found = await list_referrals(platform, caller=caller, filters=filters, wanted=wanted, now=now)
    return listing.answer(found, request)


@router.post(
    SEARCH,
    response_model=ReferralList,
    openapi_extra=request_body_schema(PersonSearch),
    responses=responses(Unauthenticated, Forbidden, BadRequest, Invalid),
)
async def search(
    *,
    request: Request,
    caller: Reader,
    body: Annotated[PersonSearch, json_body(PersonSearch)],
    platform: PlatformOf,
    now: Clock,
    limit: Limit = DEFAULT_LIST,
    cursor: CursorParam = None,
) -> Response:
    """The referrals of one person that the caller may see, newest first. The identifier stands in the body, never in the address.

    For the next page post the same body to the address with `cursor=`.
    """
    # A cursor shows a plain digest of its filters and stands in an address: unkeyed, a number could be found by trying.
    person = platform.keyring.blind_index("referral-search", body.model_dump_json()).hex()
    listing = Listing(of="referral-search", filters={"person": person}, caller=caller, platform=platform)
    wanted = Wanted(listing.place(cursor), limit)
    found = await search_referrals(
        platform, body, settings=request.app.state.settings, caller=caller, wanted=wanted, now=now
    )
    return listing.answer(found, request)


@router.get(
    "/v1/referrals/{referral_id}/history",
    response_model=History,
    responses=responses(Unauthenticated, Forbidden, NotFound),
)
async def history(caller: Reader, referral_id: PathId, platform: PlatformOf, now: Clock) -> Response:
    """Everything that happened to a referral, oldest first."""
    events = await open_history(platform, referral_id, caller=caller, now=now)
    return json_answer({"items": [event_answer(row, keyring=platform.keyring) for row in events]})
