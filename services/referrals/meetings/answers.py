"""What readers of meetings are told: meetings, discussions, agendas and the evaluation."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson

from services.referrals.cases.tables import Case
from services.referrals.meetings.queries import (
    Evaluated,
    actions_due,
    cases_asked_for,
    cases_with_actions,
    evaluated,
    newly_referred,
)
from services.referrals.meetings.schemas import (
    Agenda,
    AgendaItem,
    AgreedAction,
    Because,
    BenefitAnswer,
    DiscussionAnswer,
    DiscussionConsentAnswer,
    Evaluation,
    MeetingAnswer,
    Share,
    TeamFunctioning,
)
from services.referrals.meetings.tables import Discussion, Meeting, MeetingAction
from services.referrals.records.encryption import opened_card
from services.referrals.records.rules import name_of
from services.referrals.records.tables import Referral
from shared.http.parameters import LONGEST_LIST
from shared.service.acting import Act

TEAM_FUNCTIONING = "team-functioning-mean"


def meeting_shown(meeting: Meeting) -> MeetingAnswer:
    """A meeting as its community reads it."""
    return MeetingAnswer.model_validate({**meeting.model_dump(), "sectors_present": meeting.sectors})


def action_shown(act: Act, action: MeetingAction, *, today: date) -> AgreedAction:
    """An action, and how it stands today."""
    status = "done" if action.done_on is not None else "overdue" if action.due_on < today else "open"
    told = {**action.model_dump(exclude={"text"}), "text": act.opened(action, "text"), "status": status}
    return AgreedAction.model_validate(told)


def discussion_shown(
    act: Act, discussion: Discussion, actions: Sequence[MeetingAction], *, today: date
) -> DiscussionAnswer:
    """A discussion as who works the case reads it."""
    consent = None
    if discussion.consent_given_by is not None:
        consent = DiscussionConsentAnswer.model_validate(
            {"given_by": discussion.consent_given_by, "on": discussion.consent_on}
        )
    return DiscussionAnswer(
        id=discussion.id,
        meeting_id=discussion.meeting_id,
        case_id=discussion.case_id,
        reason=act.opened(discussion, "reason") or "",
        decisions=orjson.loads(act.opened(discussion, "decisions") or "[]"),
        actions=[action_shown(act, one, today=today) for one in actions],
        consent=consent,
        benefit=BenefitAnswer.model_validate(
            {
                "due_on": discussion.benefit_due_on,
                "asked_on": discussion.asked_on,
                "self_care": discussion.self_care,
                "use_avoided": discussion.avoided,
                "judged_by": discussion.judged_by,
            }
        ),
        recorded_at=discussion.recorded_at,
    )


async def agenda_of(act: Act, meeting: Meeting, *, pathway: str, today: date) -> Agenda:
    """The cases for a meeting: asked for, with actions due by then, newly referred. One case stands there once."""
    until = max(meeting.held_on, today)
    requests = await cases_asked_for(act, meeting)
    following = await cases_with_actions(act, meeting, until=until)
    fresh = await newly_referred(act, meeting, pathway=pathway)
    because: defaultdict[UUID, list[Because]] = defaultdict(list)
    found: dict[UUID, tuple[Case, Referral]] = {}
    why = {case.id: act.opened(request, "reason") for request, case, _ in requests}
    reasons: tuple[tuple[Because, Sequence[tuple[Case, Referral]]], ...] = (
        ("asked-for", [(case, referral) for _, case, referral in requests]),
        ("action-due", following),
        ("newly-referred", fresh),
    )
    for reason, cases in reasons:
        for case, referral in cases[:LONGEST_LIST]:
            because[case.id].append(reason)
            found[case.id] = (case, referral)
    due: defaultdict[UUID, list[AgreedAction]] = defaultdict(list)
    for case_id, action in await actions_due(act, list(found), kind=meeting.kind, until=until):
        due[case_id].append(action_shown(act, action, today=today))
    items = [
        AgendaItem(
            case_id=case.id,
            referral_id=referral.id,
            name=_name(act, referral),
            because=because[case.id],
            reason=why.get(case.id),
            actions=due[case.id],
        )
        for case, referral in found.values()
    ]
    return Agenda(items=items, more=any(len(cases) > LONGEST_LIST for _, cases in reasons))


def _name(act: Act, referral: Referral) -> str:
    columns = {"card": referral.card, "person": referral.person, "contact": referral.contact}
    card: dict[str, Any] = opened_card(act.keyring, columns, row_id=referral.id)
    return name_of(card.get("given"), card.get("family"))


async def evaluation_of(act: Act, wanted: Evaluated, *, community: str) -> Evaluation:
    """The figures of the meetings of some communities and days. community: as it was asked for."""
    counts = await evaluated(act, wanted)
    asked = urlencode({"measure": TEAM_FUNCTIONING, "community": community})
    return Evaluation(
        meetings=counts["meetings"],
        discussed=counts["discussed"],
        people=counts["people"],
        sectors_a_meeting=_share(counts["sectors"], counts["meetings"]),
        actions=counts["actions"],
        actions_overdue=counts["overdue"],
        actions_on_time=_share(counts["on_time"], counts["due"]),
        benefit_asked=_share(counts["benefit_due_asked"], counts["benefit_due"]),
        benefit=_share(counts["benefited"], counts["benefit_asked"]),
        use_avoided=counts["avoided"],
        team_functioning=TeamFunctioning(measure=TEAM_FUNCTIONING, href=f"/v1/performance?{asked}"),
    )


def _share(numerator: int, denominator: int) -> Share:
    value = numerator / denominator if denominator else None
    return Share(numerator=numerator, denominator=denominator, value=value)
