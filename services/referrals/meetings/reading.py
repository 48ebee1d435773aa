"""Reading meetings, agendas and discussions, each reading of persons recorded, and evaluating meetings."""

from datetime import date
from uuid import UUID

from services.referrals.meetings.actions import kind_of, own_icc, see_meeting
from services.referrals.meetings.answers import agenda_of, discussion_shown, evaluation_of, meeting_shown
from services.referrals.meetings.queries import Evaluated, actions_of, discussions_seen, meetings_seen
from services.referrals.meetings.schemas import Agenda, DiscussionList, Evaluation, MeetingAnswer
from services.referrals.records.scope import named_iccs
from shared.months import london_day
from shared.problems import FieldError, Forbidden, Invalid
from shared.service.acting import Act
from shared.service.paging import Page, Pager


async def list_meetings(
    act: Act, *, kind: str | None, community: str | None, paging: Pager
) -> Page[MeetingAnswer]:
    """A page of the meetings of the caller's communities. Raises Invalid, Forbidden."""
    if kind is not None:
        kind_of(kind)
    icc = None if community is None else own_icc(act, community)
    rows = await meetings_seen(act, kind=kind, community=icc, paging=paging)
    return paging.page(rows, shown=meeting_shown, at=lambda one: [str(one.id)])


async def read_agenda(act: Act, meeting_id: UUID) -> Agenda:
    """The cases for a meeting. Raises NotFound."""
    meeting = await see_meeting(act, meeting_id)
    pathway = kind_of(meeting.kind).pathway
    agenda = await agenda_of(act, meeting, pathway=pathway, today=london_day(act.now))
    shown = {"rows": len(agenda.items), "shown": [str(one.referral_id) for one in agenda.items]}
    await act.happened(
        "meeting.agenda-read", resource_type="mdt-meeting", resource_id=meeting.id, detail=shown
    )
    return agenda


async def read_discussions(act: Act, meeting_id: UUID) -> DiscussionList:
    """The discussions of a meeting whose cases the caller sees. Raises NotFound."""
    meeting = await see_meeting(act, meeting_id)
    found = await discussions_seen(act, meeting.id)
    actions = await actions_of(act, [one.id for one, _ in found])
    shown = {"rows": len(found), "shown": [str(referral.id) for _, referral in found]}
    await act.happened(
        "meeting.discussions-read", resource_type="mdt-meeting", resource_id=meeting.id, detail=shown
    )
    today = london_day(act.now)
    return DiscussionList(
        items=[discussion_shown(act, one, actions[one.id], today=today) for one, _ in found]
    )


async def evaluate(
    act: Act, *, community: str, kind: str | None, first: date | None, last: date | None
) -> Evaluation:
    """What meetings came to, exact. Raises Invalid, Forbidden."""
    if kind is not None:
        kind_of(kind)
    if first is not None and last is not None and last < first:
        raise Invalid(errors=[FieldError("date.order", "/to", "The last day lies before the first.")])
    today = london_day(act.now)
    wanted = named_iccs(community, registry=act.registry, on=today) or []
    if not _has_exact(act, wanted, today):
        raise Forbidden("The token does not cover these communities.")
    return await evaluation_of(act, Evaluated(kind, wanted, first, last, today), community=community)


def _has_exact(act: Act, wanted: list[str], today: date) -> bool:
    caller = act.caller
    if caller.all_communities:
        return True
    own = (
        named_iccs(",".join(sorted(caller.communities)), registry=act.registry, on=today)
        if caller.communities
        else []
    )
    return set(wanted) <= set(own or [])
