"""Reading lists, each reading recorded before anybody is told of it, and the only writers of who has which referral."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.referrals.directory.queries import service_names
from services.referrals.pathways.rules import UNROUTED, WORKED_BY_COMMUNITY, seat_of_team, team_of
from services.referrals.records.actions import check_open, hold_referral
from services.referrals.records.answers import answer_to_act
from services.referrals.records.events import happened
from services.referrals.records.rules import Sight
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.scope import WORK, iccs_under, sight
from services.referrals.records.steps import hand_over
from services.referrals.records.tables import ASSIGNED_EVENT
from services.referrals.worklists.queries import Listed, Wanted, items_of, page_of, referrals_of
from services.referrals.worklists.rules import ONWARD_STAGE, cover_faults
from services.referrals.worklists.schemas import (
    AssignRequest,
    CoverAnswer,
    CoverRequest,
    ReassignAnswer,
    ReassignRequest,
)
from services.referrals.worklists.tables import Cover
from shared.auth.caller import Caller
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import london_day
from shared.problems import Forbidden, Invalid, NotFound
from shared.registry.selection import AmbiguousCommunity
from shared.service.acting import Act
from shared.service.platform import Platform

MOST_AT_ONCE = 200
"""So many referrals change hands in one transaction: each has its event and its audit row."""
_FOREIGN = "The token does not cover this list."


def list_of_community(platform: Platform, caller: Caller, *, now: datetime, icc: str) -> Wanted:
    """The list of an ICC, or the Bay-wide one of unrouted referrals, for who works there. Raises NotFound, Forbidden, Invalid."""
    today, registry = london_day(now), platform.registry
    if icc != UNROUTED and iccs_under(icc, registry=registry, on=today) != [icc]:
        try:
            registry.resolve(icc, today)
        except AmbiguousCommunity as several:
            raise Invalid.one("icc.ambiguous", "/icc", several.detail) from None
        except Invalid:
            raise NotFound from None
        raise NotFound
    seen = sight(caller, registry=registry, now=now)
    works_there = caller.has(WORK) and (seen.everything or icc in seen.communities)
    team = team_of(icc, WORKED_BY_COMMUNITY, registry=registry, on=today)
    if not works_there and (caller.org is None or caller.org != team):
        raise Forbidden(_FOREIGN)
    return Wanted("list", icc, seen, today, whole=True)


def list_of_team(platform: Platform, caller: Caller, *, now: datetime, team: str) -> Wanted:
    """The list of a team: whole for the team itself, else what the caller works of it. Raises NotFound, Forbidden."""
    today, registry = london_day(now), platform.registry
    known = next((one for one in registry.file.teams if one.code == team), None)
    if known is None:
        raise NotFound
    seen = sight(caller, registry=registry, now=now)
    name = seat_of_team(team, registry=registry, on=today) or team
    if caller.org == team:
        return Wanted("list", name, seen, today, whole=True)
    served = {icc for duty in known.duties for icc in iccs_under(duty.area, registry=registry, on=today)}
    if not caller.has(WORK) or not (seen.everything or served & set(seen.communities)):
        raise Forbidden(_FOREIGN)
    return Wanted("list", name, seen, today, whole=seen.everything)


def list_of_person(platform: Platform, caller: Caller, *, now: datetime) -> Wanted:
    """The caller's own list, and those of the people whom the caller covers today, as far as they may be seen. Raises Forbidden."""
    seen = _of_case_manager(platform, caller, now=now)
    return Wanted("person", caller.client, seen, london_day(now))


def list_of_tracing(platform: Platform, caller: Caller, *, now: datetime) -> Wanted:
    """The referrals whose person is still to be found, as far as the caller works there. Raises Forbidden."""
    return Wanted("tracing", "tracing", _of_case_manager(platform, caller, now=now), london_day(now))


def _of_case_manager(platform: Platform, caller: Caller, *, now: datetime) -> Sight:
    if not caller.has(WORK):
        raise Forbidden(_FOREIGN)
    return sight(caller, registry=platform.registry, now=now)


async def read_list(
    platform: Platform,
    wanted: Wanted,
    *,
    caller: Caller,
    limit: int,
    after: tuple[str, str] | None,
    now: datetime,
) -> Listed:
    """A page of a list, and one item more where more follow, with the counts of the whole."""
    async with platform.database.connection() as connection:
        found = await page_of(connection, wanted, now=now, limit=limit, after=after)
    detail = {
        "list": wanted.listed,
        "rows": min(len(found.rows), limit),
        "shown": [str(row["referral_id"]) for row in found.rows[:limit]],
    }
    await platform.readings.record(
        caller=caller, event="worklist.read", resource_type="worklist", detail=detail
    )
    return found


async def services_on(platform: Platform, found: Listed) -> Mapping[str, str]:
    """The names of the services that a page of a list waits for, by their keys."""
    keys = {row["about"] for row in found.rows if row["stage"] == ONWARD_STAGE}
    if not keys:
        return {}
    async with platform.transaction() as session:
        return await service_names(session, keys)


async def assign_referral(
    act: Act, referral_id: UUID, to: AssignRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Give an open referral to somebody, or back to the team. Raises NotFound, PreconditionFailed, Conflict."""
    referral = await hold_referral(act, referral_id, expected)
    check_open(referral)
    await hand_over(act, referral, to.assignee)
    await happened(act, ASSIGNED_EVENT, referral, assignee=to.assignee)
    return await answer_to_act(act, referral)


async def reassign_referrals(act: Act, asked: ReassignRequest) -> ReassignAnswer:
    """Give a person's open referrals to somebody else, or to the team; so many at once, the rest with the next call."""
    found = await referrals_of(act, asked, most=MOST_AT_ONCE + 1)
    for referral in found[:MOST_AT_ONCE]:
        await hand_over(act, referral, asked.to)
        await happened(act, ASSIGNED_EVENT, referral, assignee=asked.to)
    if asked.filter is None:
        for item in await items_of(act, asked.from_):
            item.assignee = asked.to
    detail = {"referrals": len(found[:MOST_AT_ONCE])}
    await act.happened("worklist.reassigned", resource_type="worklist", detail=detail)
    return ReassignAnswer(reassigned=len(found[:MOST_AT_ONCE]), left=len(found[MOST_AT_ONCE:]))


async def cover_list(act: Act, asked: CoverRequest) -> CoverAnswer:
    """Let somebody read another's list as their own for some days. It shows them nothing that their token does not. Raises Invalid."""
    if errors := list(cover_faults(of=asked.for_, by=asked.by, first=asked.from_, last=asked.to)):
        raise Invalid(errors=errors)
    cover = Cover(
        id=new_id(),
        for_client=asked.for_,
        by_client=asked.by,
        from_on=asked.from_,
        to_on=asked.to,
        made_by=act.caller.client,
        made_at=act.now,
    )
    act.session.add(cover)
    await act.happened("worklist.covered", resource_type="worklist", resource_id=cover.id)
    return CoverAnswer(id=cover.id, for_=asked.for_, by=asked.by, from_=asked.from_, to=asked.to)
