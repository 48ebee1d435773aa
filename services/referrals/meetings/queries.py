"""Reads of meetings: of one's own communities, what stands on an agenda, and the figures of an evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, text, true
from sqlmodel import col, select

from services.referrals.cases.tables import Case
from services.referrals.meetings.tables import Discussion, Meeting, MeetingAction, MeetingRequest
from services.referrals.pathways.rules import seat_of_team
from services.referrals.records.rules import Sight
from services.referrals.records.scope import seen_by, sight
from services.referrals.records.tables import Referral
from shared.http.parameters import LONGEST_LIST
from shared.months import london_day
from shared.service.acting import Act
from shared.service.paging import Pager

Found = tuple[Case, Referral]


def sight_of_meetings(act: Act) -> Sight:
    """The communities whose meetings the caller sees: those it works in, and the one whose team it is."""
    seen = sight(act.caller, registry=act.registry, now=act.now)
    seat = None
    if act.caller.org is not None:
        seat = seat_of_team(act.caller.org, registry=act.registry, on=london_day(act.now))
    return seen if seat is None else replace(seen, communities=(*seen.communities, seat))


def _in_sight(act: Act) -> ColumnElement[bool]:
    seen = sight_of_meetings(act)
    return true() if seen.everything else col(Meeting.community).in_(seen.communities)


async def meeting_of(act: Act, meeting_id: UUID, *, held: bool = False) -> Meeting | None:
    """A meeting of the caller's communities, held till the act ends where asked; None where the caller sees none."""
    found = select(Meeting).where(col(Meeting.id) == meeting_id, _in_sight(act))
    return (await act.session.exec(found.with_for_update() if held else found)).first()


async def meetings_seen(
    act: Act, *, kind: str | None, community: str | None, paging: Pager
) -> Sequence[Meeting]:
    """A page of the meetings of the caller's communities, the newest recorded first."""
    found = select(Meeting).where(_in_sight(act))
    if kind is not None:
        found = found.where(col(Meeting.kind) == kind)
    if community is not None:
        found = found.where(col(Meeting.community) == community)
    if before := paging.after():
        found = found.where(col(Meeting.id) < UUID(before[0]))
    return (await act.session.exec(found.order_by(col(Meeting.id).desc()).limit(paging.limit + 1))).all()


async def discussion_of(act: Act, discussion_id: UUID) -> tuple[Discussion, Meeting] | None:
    """A discussion with its meeting."""
    found = select(Discussion, Meeting).join(Meeting, col(Meeting.id) == col(Discussion.meeting_id))
    return (await act.session.exec(found.where(col(Discussion.id) == discussion_id))).first()


async def discussed_already(act: Act, meeting_id: UUID, case_id: UUID) -> bool:
    """Whether a meeting discussed a case."""
    found = select(Discussion.id).where(
        col(Discussion.meeting_id) == meeting_id, col(Discussion.case_id) == case_id
    )
    return (await act.session.exec(found)).first() is not None


async def discussions_seen(act: Act, meeting_id: UUID) -> Sequence[tuple[Discussion, Referral]]:
    """The discussions of a meeting whose cases the caller sees, in the order in which they were recorded."""
    found = (
        select(Discussion, Referral)
        .join(Case, col(Case.id) == col(Discussion.case_id))
        .join(Referral, col(Referral.id) == col(Case.referral_id))
        .where(col(Discussion.meeting_id) == meeting_id, seen_by(act))
    )
    return (await act.session.exec(found.order_by(col(Discussion.recorded_at), col(Discussion.id)))).all()


async def actions_of(act: Act, discussions: Sequence[UUID]) -> Mapping[UUID, list[MeetingAction]]:
    """The actions of discussions, soonest first."""
    found = select(MeetingAction).where(col(MeetingAction.discussion_id).in_(discussions))
    of: dict[UUID, list[MeetingAction]] = {one: [] for one in discussions}
    for action in (
        await act.session.exec(found.order_by(col(MeetingAction.due_on), col(MeetingAction.id)))
    ).all():
        of[action.discussion_id].append(action)
    return of


async def action_of(act: Act, action_id: UUID) -> tuple[MeetingAction, Discussion] | None:
    """An action with its discussion."""
    found = select(MeetingAction, Discussion).join(
        Discussion, col(Discussion.id) == col(MeetingAction.discussion_id)
    )
    return (await act.session.exec(found.where(col(MeetingAction.id) == action_id))).first()


async def held_row(act: Act, row: Discussion | MeetingAction) -> None:
    """Read a row again and hold it till the act ends: another may have changed it meanwhile."""
    await act.session.refresh(row, with_for_update=True)


async def works_here(act: Act, client: str) -> bool:
    """Whether somebody has a referral on a list."""
    found = select(Referral.id).where(col(Referral.assignee) == client).limit(1)
    return (await act.session.exec(found)).first() is not None


async def asked_for(act: Act, meeting: Meeting, case_id: UUID) -> MeetingRequest | None:
    """What was asked of a meeting about a case."""
    found = select(MeetingRequest).where(
        col(MeetingRequest.meeting_id) == meeting.id, col(MeetingRequest.case_id) == case_id
    )
    return (await act.session.exec(found)).first()


def _cases(act: Act) -> Any:
    joined = select(Case, Referral).join(Referral, col(Referral.id) == col(Case.referral_id))
    return joined.where(col(Case.status) == "open", seen_by(act))


async def newly_referred(act: Act, meeting: Meeting, *, pathway: str) -> Sequence[Found]:
    """Open cases of the community on the kind's pathway that no meeting of the kind discussed yet, the oldest first."""
    before = select(Discussion.id).where(
        col(Discussion.case_id) == col(Case.id), col(Discussion.kind) == meeting.kind
    )
    found = _cases(act).where(
        col(Referral.icc) == meeting.community, col(Referral.pathway) == pathway, ~before.exists()
    )
    rows: Sequence[Found] = (
        await act.session.exec(found.order_by(col(Case.id)).limit(LONGEST_LIST + 1))
    ).all()
    return rows


async def cases_with_actions(act: Act, meeting: Meeting, *, until: date) -> Sequence[Found]:
    """Open cases with an action of an earlier meeting of the kind and community that is due and not done."""
    due = (
        select(MeetingAction.id)
        .join(Discussion, col(Discussion.id) == col(MeetingAction.discussion_id))
        .join(Meeting, col(Meeting.id) == col(Discussion.meeting_id))
        .where(
            col(Discussion.case_id) == col(Case.id),
            col(Meeting.kind) == meeting.kind,
            col(Meeting.community) == meeting.community,
            col(Meeting.id) != meeting.id,
            col(MeetingAction.done_on).is_(None),
            col(MeetingAction.due_on) <= until,
        )
    )
    found = _cases(act).where(due.exists()).order_by(col(Case.id)).limit(LONGEST_LIST + 1)
    rows: Sequence[Found] = (await act.session.exec(found)).all()
    return rows


async def actions_due(
    act: Act, cases: Sequence[UUID], *, kind: str, until: date
) -> Sequence[tuple[UUID, MeetingAction]]:
    """Case → actions of meetings of a kind that are due and not done."""
    found = (
        select(Discussion.case_id, MeetingAction)
        .join(MeetingAction, col(MeetingAction.discussion_id) == col(Discussion.id))
        .where(
            col(Discussion.case_id).in_(cases),
            col(Discussion.kind) == kind,
            col(MeetingAction.done_on).is_(None),
            col(MeetingAction.due_on) <= until,
        )
    )
    return (await act.session.exec(found.order_by(col(MeetingAction.due_on), col(MeetingAction.id)))).all()


async def cases_asked_for(act: Act, meeting: Meeting) -> Sequence[tuple[MeetingRequest, Case, Referral]]:
    """What case managers asked this meeting to discuss."""
    found = (
        select(MeetingRequest, Case, Referral)
        .join(Case, col(Case.id) == col(MeetingRequest.case_id))
        .join(Referral, col(Referral.id) == col(Case.referral_id))
        .where(col(MeetingRequest.meeting_id) == meeting.id, col(Case.status) == "open", seen_by(act))
    )
    return (
        await act.session.exec(found.order_by(col(MeetingRequest.asked_at)).limit(LONGEST_LIST + 1))
    ).all()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Which meetings an evaluation counts. today: actions and benefits due before it have fallen due."""

    kind: str | None
    communities: Sequence[str]
    first: date | None
    last: date | None
    today: date


_EVALUATION = text("""
    with met as (
        select * from mdt_meeting
         where held_on <= :today and community = any(:communities)
           and (cast(:kind as text) is null or kind = cast(:kind as text))
           and (cast(:first as date) is null or held_on >= cast(:first as date))
           and (cast(:last as date) is null or held_on <= cast(:last as date))),
    said as (
        select mdt_discussion.*, coalesce(encode(referral.nhs_number_index, 'hex'), referral.id::text) as who
          from mdt_discussion join met on met.id = mdt_discussion.meeting_id
          join case_record on case_record.id = mdt_discussion.case_id
          join referral on referral.id = case_record.referral_id),
    act as (
        select mdt_action.* from mdt_action join said on said.id = mdt_action.discussion_id
          join case_record on case_record.id = said.case_id
         where not (mdt_action.done_on is null and coalesce(case_record.discharged_on <= mdt_action.due_on, false)))
    select (select count(*) from met) as meetings,
           (select coalesce(sum(sectors), 0) from met) as sectors,
           (select count(*) from said) as discussed,
           (select count(distinct who) from said) as people,
           (select count(*) from act) as actions,
           (select count(*) from act where due_on < :today) as due,
           (select count(*) from act where due_on < :today and done_on <= due_on) as on_time,
           (select count(*) from act where due_on < :today and done_on is null) as overdue,
           (select count(*) from said where benefit_due_on < :today) as benefit_due,
           (select count(*) from said where benefit_due_on < :today and asked_on is not null) as benefit_due_asked,
           (select count(*) from said where asked_on is not null) as benefit_asked,
           (select count(*) from said where self_care = 'better' or avoided > 0) as benefited,
           (select coalesce(sum(avoided), 0) from said) as avoided
""")


async def evaluated(act: Act, wanted: Evaluated) -> Mapping[str, int]:
    """The counts of an evaluation. An action that its person's discharge overtook before its day was not due."""
    given = {
        "kind": wanted.kind,
        "communities": list(wanted.communities),
        "first": wanted.first,
        "last": wanted.last,
        "today": wanted.today,
    }
    row = (await (await act.session.connection()).execute(_EVALUATION, given)).one()
    return {name: int(value) for name, value in row._mapping.items()}  # noqa: SLF001 -- SQLAlchemy's public name
