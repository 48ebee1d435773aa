"""Multidisciplinary meetings: their agenda, who came, whom they discussed, what was agreed, and what it was good for."""

from typing import Annotated

from fastapi import Depends, Query

from services.referrals.addresses import refuse_personal_query
from services.referrals.meetings.actions import (
    ask_for,
    complete_action,
    discuss,
    hold_meeting,
    record_attendance,
    record_benefit,
    see_meeting,
)
from services.referrals.meetings.answers import meeting_shown
from services.referrals.meetings.reading import evaluate, list_meetings, read_agenda, read_discussions
from services.referrals.meetings.schemas import (
    ActionDone,
    Agenda,
    AgendaRequest,
    AgendaRequestAnswer,
    AgreedAction,
    AttendanceBody,
    BenefitBody,
    DiscussionAnswer,
    DiscussionBody,
    DiscussionList,
    Evaluation,
    MeetingAnswer,
    MeetingBody,
)
from shared.http.conditional import IfMatch
from shared.http.dates import CalendarDate
from shared.http.parameters import PathId
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["meetings"], dependencies=[Depends(refuse_personal_query)])
Meets = Annotated[Act, may("mdt.write")]
Kind = Annotated[str | None, Query(examples=["frailty"])]
Community = Annotated[str | None, Query(examples=["kendal"])]


@router.post("/v1/mdt-meetings")
async def post_meeting(act: Meets, meeting: MeetingBody) -> MeetingAnswer:
    """Record a meeting that was held, or plan one, for which nobody is present yet."""
    return await hold_meeting(act, meeting)


@router.get("/v1/mdt-meetings", impersonal=True)
async def get_meetings(
    act: Meets, paging: Paging, kind: Kind = None, community: Community = None
) -> Page[MeetingAnswer]:
    """The meetings of the caller's communities, the newest recorded first."""
    return await list_meetings(act, kind=kind, community=community, paging=paging)


@router.get("/v1/mdt-meetings/evaluation", impersonal=True)
async def get_evaluation(
    act: Annotated[Act, may("performance.detail")],
    community: Annotated[str, Query(examples=["kendal"])],
    kind: Kind = None,
    first: Annotated[CalendarDate | None, Query(alias="from", examples=["2026-01-01"])] = None,
    last: Annotated[CalendarDate | None, Query(alias="to", examples=["2026-06-30"])] = None,
) -> Evaluation:
    """What the meetings of a community came to, exact, for who has exact figures of it. `from` and `to` are days of meetings."""
    return await evaluate(act, community=community, kind=kind, first=first, last=last)


@router.get("/v1/mdt-meetings/{meeting_id}", impersonal=True)
async def get_meeting(act: Meets, meeting_id: PathId) -> MeetingAnswer:
    """One meeting of the caller's communities."""
    return meeting_shown(await see_meeting(act, meeting_id))


@router.put("/v1/mdt-meetings/{meeting_id}/attendees")
async def put_attendees(
    act: Meets, meeting_id: PathId, who: AttendanceBody, expected: IfMatch
) -> MeetingAnswer:
    """Say who came, in place of what was said before, on the meeting's version."""
    return await record_attendance(act, meeting_id, who, expected=expected)


@router.get("/v1/mdt-meetings/{meeting_id}/agenda")
async def get_agenda(act: Meets, meeting_id: PathId) -> Agenda:
    """Cases that were asked for, that have actions due from earlier meetings of the kind, or are newly on the kind's pathway."""
    return await read_agenda(act, meeting_id)


@router.act("/v1/mdt-meetings/{meeting_id}/agenda")
async def post_agenda(act: Meets, meeting_id: PathId, asked: AgendaRequest) -> AgendaRequestAnswer:
    """Ask a meeting to discuss a case."""
    return await ask_for(act, meeting_id, asked)


@router.post("/v1/mdt-meetings/{meeting_id}/discussions")
async def post_discussion(act: Meets, meeting_id: PathId, said: DiscussionBody) -> DiscussionAnswer:
    """Record what the meeting said of a case; each action stands on its owner's list at once.

    Where others than care staff were present the person has consented: here, or before, to share with each of them.
    """
    return await discuss(act, meeting_id, said)


@router.get("/v1/mdt-meetings/{meeting_id}/discussions")
async def get_discussions(act: Meets, meeting_id: PathId) -> DiscussionList:
    """The discussions of a meeting, as far as the caller sees their cases."""
    return await read_discussions(act, meeting_id)


@router.act("/v1/mdt-meetings/actions/{action_id}/complete")
async def post_completion(act: Meets, action_id: PathId, done: ActionDone) -> AgreedAction:
    """Say when an action was done."""
    return await complete_action(act, action_id, done)


@router.act("/v1/mdt-meetings/{meeting_id}/discussions/{discussion_id}/benefit")
async def post_benefit_of_meeting(
    act: Meets, meeting_id: PathId, discussion_id: PathId, asked: BenefitBody
) -> DiscussionAnswer:
    """The same under the meeting's own address."""
    return await record_benefit(act, discussion_id, asked, meeting_id=meeting_id)


@router.act("/v1/mdt-meetings/discussions/{discussion_id}/benefit")
async def post_benefit(act: Meets, discussion_id: PathId, asked: BenefitBody) -> DiscussionAnswer:
    """Say what a discussion was good for, asked three months after it: once, also of a case that has ended."""
    return await record_benefit(act, discussion_id, asked)
