"""The only writers of meetings, of what they asked, discussed and agreed, and of what it was good for."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import orjson

from services.referrals.cases.actions import check_open_case, hold_case
from services.referrals.cases.queries import is_dead
from services.referrals.cases.tables import Case
from services.referrals.consents.queries import consents_of
from services.referrals.consents.rules import standing
from services.referrals.discharges.actions import record_avoided
from services.referrals.discharges.schemas import Avoided
from services.referrals.disclosures.actions import disclose
from services.referrals.meetings.answers import action_shown, discussion_shown, meeting_shown
from services.referrals.meetings.catalogue import MeetingKind, meeting_kinds
from services.referrals.meetings.queries import (
    action_of,
    actions_of,
    asked_for,
    discussed_already,
    discussion_of,
    held_row,
    meeting_of,
    sight_of_meetings,
    works_here,
)
from services.referrals.meetings.rules import (
    attendee_faults,
    benefit_faults,
    discussion_faults,
    sectors_of,
    told_beside_staff,
)
from services.referrals.meetings.schemas import (
    ActionBody,
    ActionDone,
    AgendaRequest,
    AgendaRequestAnswer,
    AgreedAction,
    AttendanceBody,
    Attendee,
    BenefitBody,
    DiscussionAnswer,
    DiscussionBody,
    MeetingAnswer,
    MeetingBody,
)
from services.referrals.meetings.tables import (
    DISCUSSED_TOPIC,
    Discussion,
    Meeting,
    MeetingAction,
    MeetingRequest,
)
from services.referrals.pathways.rules import day_ends, seat_of_team
from services.referrals.records.events import happened
from services.referrals.records.states import BENEFIT
from services.referrals.records.steps import put_on_list, take_off_list
from services.referrals.records.tables import Referral
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import Month, london_day, months_after
from shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.registry.selection import AmbiguousCommunity
from shared.service.acting import Act

STAGE: Final = "mdt-action"


async def hold_meeting(act: Act, body: MeetingBody) -> MeetingAnswer:
    """Record a meeting of one of the caller's communities. Raises Invalid, Forbidden."""
    kind_of(body.kind)
    community = own_icc(act, body.community)
    _check_attendees(act, body.attendees, held_on=body.held_on)
    meeting = Meeting(
        id=new_id(),
        kind=body.kind,
        community=community,
        held_on=body.held_on,
        chair=body.chair,
        attendees=[one.model_dump(exclude_none=True) for one in body.attendees],
        sectors=sectors_of(body.attendees),
        recorded_at=act.now,
        recorded_by=act.caller.client,
    )
    act.session.add(meeting)
    await act.happened("meeting.recorded", resource_type="mdt-meeting", resource_id=meeting.id)
    return meeting_shown(meeting)


def kind_of(key: str) -> MeetingKind:
    """A kind of meeting by its key. Raises Invalid."""
    kind = meeting_kinds().kinds.get(key)
    if kind is None:
        known = ", ".join(meeting_kinds().kinds)
        raise Invalid.one("enum", "/kind", f"There are these kinds of meetings: {known}.")
    return kind


def own_icc(act: Act, slug: str) -> str:
    """The slug of an ICC of the caller's. Raises Invalid icc.unknown, icc.ambiguous; Forbidden."""
    community = _icc_of(act, slug)
    seen = sight_of_meetings(act)
    if not seen.everything and community not in seen.communities:
        raise Forbidden("The token does not cover this community.")
    return community


def _icc_of(act: Act, slug: str) -> str:
    """The slug of an ICC of today. Raises Invalid icc.unknown, icc.ambiguous."""
    try:
        selection = act.registry.resolve(slug, london_day(act.now))
    except AmbiguousCommunity as several:
        raise Invalid.one("icc.ambiguous", "/community", several.detail) from None
    except Invalid:
        raise Invalid.one("icc.unknown", "/community", "A meeting is of an ICC: name its slug.") from None
    if selection.level != "icc":
        raise Invalid.one("icc.unknown", "/community", "A meeting is of an ICC: name its slug.")
    return selection.code


def _check_attendees(act: Act, attendees: Sequence[Attendee], *, held_on: date) -> None:
    if errors := list(attendee_faults(attendees, held_on=held_on, today=london_day(act.now))):
        raise Invalid(errors=errors)


async def see_meeting(act: Act, meeting_id: UUID, *, held: bool = False) -> Meeting:
    """A meeting of the caller's communities. Raises NotFound."""
    meeting = await meeting_of(act, meeting_id, held=held)
    if meeting is None:
        raise NotFound
    return meeting


async def record_attendance(
    act: Act, meeting_id: UUID, body: AttendanceBody, *, expected: ExpectedVersion
) -> MeetingAnswer:
    """Say who came. Raises NotFound, PreconditionFailed, Invalid."""
    meeting = await see_meeting(act, meeting_id, held=True)
    expected.check(meeting.version)
    _check_attendees(act, body.attendees, held_on=meeting.held_on)
    meeting.attendees = [one.model_dump(exclude_none=True) for one in body.attendees]
    meeting.sectors = sectors_of(body.attendees)
    meeting.version += 1
    await act.happened("meeting.attended", resource_type="mdt-meeting", resource_id=meeting.id)
    return meeting_shown(meeting)


async def ask_for(act: Act, meeting_id: UUID, asked: AgendaRequest) -> AgendaRequestAnswer:
    """Put a case on a meeting's agenda. Raises NotFound, Invalid, Conflict."""
    meeting = await see_meeting(act, meeting_id)
    case, referral = await _hold_case(act, asked.case_id, meeting)
    if await asked_for(act, meeting, case.id) or await discussed_already(act, meeting.id, case.id):
        raise Conflict("The meeting has this case already.", code="row.duplicate")
    request_id = new_id()
    act.session.add(
        MeetingRequest(
            id=request_id,
            meeting_id=meeting.id,
            case_id=case.id,
            asked_at=act.now,
            asked_by=act.caller.client,
            **act.sealed(MeetingRequest, request_id, reason=asked.reason),
        )
    )
    await happened(act, "meeting.asked-for", referral, meeting=str(meeting.id))
    return AgendaRequestAnswer(meeting_id=meeting.id, case_id=case.id, reason=asked.reason)


async def _hold_case(act: Act, case_id: UUID, meeting: Meeting) -> tuple[Case, Referral]:
    """An open case of the meeting's community, held till the act ends. Raises Invalid, Conflict."""
    try:
        case, referral = await hold_case(act, case_id, None)
    except NotFound:
        raise Invalid.one("reference.unresolved", "/case_id", "There is no such case here.") from None
    if referral.icc != meeting.community:
        raise Invalid.one("row.out_of_scope", "/case_id", "Another community works this case.")
    check_open_case(case)
    return case, referral


async def discuss(act: Act, meeting_id: UUID, said: DiscussionBody) -> DiscussionAnswer:
    """Record what a meeting said of a case; its actions stand on their owners' lists with it. Raises NotFound, Invalid, Conflict."""
    meeting = await see_meeting(act, meeting_id)
    today, given = london_day(act.now), said.consent
    faults = discussion_faults(
        held_on=meeting.held_on,
        today=today,
        due=[one.due_on for one in said.actions],
        consent_on=None if given is None else given.on,
    )
    if errors := [*faults, *await _nobodies(act, meeting, said.actions)]:
        raise Invalid(errors=errors)
    case, referral = await _hold_case(act, said.case_id, meeting)
    if await discussed_already(act, meeting.id, case.id):
        raise Conflict("The meeting discussed this case already.", code="row.duplicate")
    consents = await _consents(act, meeting, case, said)
    discussion = _discussion(act, meeting, case, said)
    act.session.add(discussion)
    for to, consent_id in consents.items():
        disclose(
            act,
            case.id,
            "mdt-meeting",
            subject=discussion.id,
            to=to,
            parts=["reason", "case"],
            why=said.reason,
            consent_id=consent_id,
            read_at=act.now,
        )
    await act.session.flush()  # the actions refer to it
    actions = [await _agree(act, referral, discussion, one) for one in said.actions]
    await put_on_list(
        act,
        referral,
        STAGE,
        subject=discussion.id,
        due_at=day_ends(discussion.benefit_due_on),
        assignee=meeting.chair,
        about=BENEFIT,
    )
    await happened(act, DISCUSSED_TOPIC, referral, counts=discussion.id, meeting=str(meeting.id))
    return discussion_shown(act, discussion, actions, today=today)


async def _nobodies(act: Act, meeting: Meeting, actions: Sequence[ActionBody]) -> list[FieldError]:
    """The owners who are nobody: no team, not at the meeting, and without any work here."""
    known = {meeting.chair, act.caller.client}
    known |= {one[name] for one in meeting.attendees for name in ("org", "partner", "client") if name in one}
    known |= {team.code for team in act.registry.file.teams if team.holds(london_day(act.now))}
    detail = "Name a team, somebody or an organisation of this meeting, or somebody who has work on a list."
    return [
        FieldError("code.unknown", f"/actions/{place}/owner", detail)
        for place, one in enumerate(actions)
        if one.owner not in known and not await works_here(act, one.owner)
    ]


async def _consents(act: Act, meeting: Meeting, case: Case, said: DiscussionBody) -> dict[str, UUID | None]:
    """Who beside care staff heard of the person, each with the recorded consent it was on. Raises Conflict where there is none."""
    present = [Attendee.model_validate(one) for one in meeting.attendees]
    others = told_beside_staff(present, care_staff=meeting_kinds().care_staff)
    if said.consent is not None:
        return dict.fromkeys(others)
    recorded = await consents_of(act, case.id) if others else []
    found = {one: standing(recorded, scope="share-with-partner", partners=[one]) for one in others}
    if missing := [one for one, consent in found.items() if consent is None]:
        detail = f"Others than care staff were there ({', '.join(missing)}): name the person's consent."
        raise Conflict(detail, code="consent.required")
    return {one: consent.id for one, consent in found.items() if consent is not None}


def _discussion(act: Act, meeting: Meeting, case: Case, said: DiscussionBody) -> Discussion:
    discussion_id, given = new_id(), said.consent
    decisions = orjson.dumps(list(said.decisions))
    return Discussion(
        id=discussion_id,
        meeting_id=meeting.id,
        case_id=case.id,
        kind=meeting.kind,
        consent_given_by=None if given is None else given.given_by,
        consent_on=None if given is None else given.on,
        benefit_due_on=months_after(meeting.held_on, meeting_kinds().benefit_after_months),
        recorded_at=act.now,
        recorded_by=act.caller.client,
        counted_month=Month.of(meeting.held_on).first_day,
        counted_place=meeting.community,
        **act.sealed(Discussion, discussion_id, reason=said.reason, decisions=decisions),
    )


async def _agree(act: Act, referral: Referral, discussion: Discussion, agreed: ActionBody) -> MeetingAction:
    """Keep an action and put it on its owner's list: a team's, a person's, or the case's own for who has no list here."""
    action_id = new_id()
    action = MeetingAction(
        id=action_id,
        discussion_id=discussion.id,
        owner=agreed.owner,
        due_on=agreed.due_on,
        **act.sealed(MeetingAction, action_id, text=agreed.text),
    )
    act.session.add(action)
    team = agreed.owner in {one.code for one in act.registry.file.teams}
    seat = seat_of_team(agreed.owner, registry=act.registry, on=london_day(act.now)) if team else None
    await put_on_list(
        act,
        referral,
        STAGE,
        subject=action_id,
        due_at=day_ends(agreed.due_on),
        worklist=(seat or agreed.owner) if team else None,
        assignee=None if team else await _person(act, discussion, agreed.owner),
        about=discussion.kind,
    )
    return action


async def _person(act: Act, discussion: Discussion, owner: str) -> str | None:
    """The owner where it is a person's `sub`, None where it is an organisation, which has no list here."""
    meeting = await act.session.get_one(Meeting, discussion.meeting_id)
    organisations = {one[name] for one in meeting.attendees for name in ("org", "partner") if name in one}
    return None if owner in organisations and owner != meeting.chair else owner


async def complete_action(act: Act, action_id: UUID, done: ActionDone) -> AgreedAction:
    """Record that an action was done, which takes it off its list. Raises NotFound, Invalid, Conflict."""
    found = await action_of(act, action_id)
    if found is None:
        raise NotFound
    action, discussion = found
    _, referral = await hold_case(act, discussion.case_id, None)
    await held_row(act, action)
    meeting = await act.session.get_one(Meeting, discussion.meeting_id)
    if done.done_on < meeting.held_on:
        raise Invalid.one("date.order", "/done_on", "It was done before the meeting agreed it.")
    if action.done_on is not None:
        raise Conflict("The action was done already.")
    action.done_on, action.done_by = done.done_on, act.caller.client
    await take_off_list(act, referral, STAGE, subject=action.id)
    await happened(act, "meeting.action-done", referral, action=str(action.id))
    return action_shown(act, action, today=london_day(act.now))


async def record_benefit(
    act: Act, discussion_id: UUID, asked: BenefitBody, *, meeting_id: UUID | None = None
) -> DiscussionAnswer:
    """Record what a discussion was good for, once. Raises NotFound, Invalid, Conflict.

    meeting_id: of the address, where it names the meeting.
    """
    found = await discussion_of(act, discussion_id)
    if found is None or meeting_id not in (None, found[1].id):
        raise NotFound
    discussion, meeting = found
    case, referral = await hold_case(act, discussion.case_id, None)
    await held_row(act, discussion)
    faults = benefit_faults(
        asked_on=asked.asked_on,
        held_on=meeting.held_on,
        dead=bool(asked.use_avoided) and await is_dead(act, referral),
        avoided=[one.kind for one in asked.use_avoided],
    )
    if errors := list(faults):
        raise Invalid(errors=errors)
    if discussion.asked_on is not None:
        raise Conflict("The benefit was recorded already.")
    discussion.asked_on, discussion.self_care = asked.asked_on, asked.self_care
    discussion.avoided = sum(one.count for one in asked.use_avoided)
    discussion.judged_by = asked.judged_by
    avoided = [
        Avoided(kind=one.kind, count=one.count, judged_by=asked.judged_by) for one in asked.use_avoided
    ]
    await record_avoided(act, case, referral, avoided, since=meeting.held_on, until=asked.asked_on)
    await take_off_list(act, referral, STAGE, subject=discussion.id)
    await happened(act, "meeting.benefit-asked", referral, meeting=str(meeting.id))
    actions = (await actions_of(act, [discussion.id]))[discussion.id]
    return discussion_shown(act, discussion, actions, today=london_day(act.now))
