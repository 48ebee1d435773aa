"""What the page of a referral shows: the record and its case, each part read by the action that the interface calls."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.referrals.assessments.schemas import AssessmentRead
from services.referrals.assessments.tables import Assessment
from services.referrals.care_plans.actions import read_plan
from services.referrals.care_plans.schemas import CarePlanAnswer
from services.referrals.cases.actions import AnswerT, RowT, list_kept, read_case
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.clocks.queries import pauses_of
from services.referrals.contacts.schemas import ContactAnswer
from services.referrals.contacts.tables import Contact
from services.referrals.directory.queries import service_names
from services.referrals.onward.actions import list_onwards_of
from services.referrals.onward.schemas import OnwardAnswer
from services.referrals.records.actions import open_history, open_referral, see_referral
from services.referrals.records.answers import event_shown
from services.referrals.records.schemas import EventAnswer, ReferralAnswer
from services.referrals.records.states import ListStage
from services.referrals.reviews.schemas import ReviewRead
from services.referrals.reviews.tables import Review
from services.referrals.worklists.answers import named_of
from services.referrals.worklists.queries import standing_of
from services.referrals.worklists.rules import (
    ONWARD_STAGE,
    Urgency,
    flags_of,
    next_action,
    today_ends,
    urgency,
)
from shared.auth.caller import Caller
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

MOST_SHOWN = 20
"""Of each kind of what was recorded; the interface has the rest."""
READ_CASES = "cases.read"


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that is to be done for the person. due: None where nothing says by when."""

    action: str
    due: datetime | None
    state: Urgency
    assignee: str | None


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case with what was recorded of it, newest first."""

    case: CaseAnswer
    plan: CarePlanAnswer | None
    contacts: Sequence[ContactAnswer]
    assessments: Sequence[AssessmentRead]
    reviews: Sequence[ReviewRead]
    onward: Sequence[OnwardAnswer]


@dataclass(frozen=True, slots=True)
class Record:
    """A referral as its page shows it. case: None where there is none, or the reader may not know of it."""

    referral: ReferralAnswer
    flags: Sequence[str]
    to_do: Sequence[ToDo]
    history: Sequence[EventAnswer]
    case: CaseShown | None


async def read_record(platform: Platform, referral_id: UUID, *, caller: Caller) -> Record:
    """The record of a referral; each part is audited as if it were asked for alone. Raises NotFound."""
    referral = ReferralAnswer.model_validate(await open_referral(platform, referral_id, caller=caller))
    async with platform.transaction() as session:
        act = Act(caller, session, platform, platform.clock())
        events = await open_history(act, referral.id)
        return Record(
            referral=referral,
            flags=await _flags(act, referral),
            to_do=await _to_do(act, referral),
            history=[event_shown(event, keyring=act.keyring) for event in reversed(events)],
            case=await _case(act, referral.case_id),
        )


async def _flags(act: Act, referral: ReferralAnswer) -> list[str]:
    """What is to be seen first: what the lists show too."""
    pauses = [one.reason for one in await pauses_of(act, referral.id) if one.resumed_at is None]
    return flags_of(
        person=[flag.kind for flag in referral.patient.flags or ()],
        tracing=referral.identity == "tracing" or bool(referral.identity_conflict_with),
        duplicate=referral.possible_duplicate_of is not None,
        pauses=pauses,
    )


async def _to_do(act: Act, referral: ReferralAnswer) -> list[ToDo]:
    """What the referral waits for, then what stands beside it."""
    beside = await standing_of(act, referral.id)
    standing: list[tuple[ListStage, str | None, datetime | None, str | None]] = []
    if referral.stage is not None:
        due = (await see_referral(act, referral.id)).stage_due
        standing.append((referral.stage, None, due, referral.assignee))
    standing += [(one.stage, one.about, one.due_at, one.assignee) for one in beside]
    names = await service_names(
        act.session, {about for stage, about, _, _ in standing if stage == ONWARD_STAGE and about}
    )
    ends = today_ends(act.now)
    return [
        ToDo(
            next_action(
                stage,
                listed=referral.icc,
                about=about,
                named=named_of({"stage": stage, "about": about}, names),
            ),
            due,
            urgency(stage, due, now=act.now, ends=ends),
            assignee,
        )
        for stage, about, due, assignee in standing
    ]


async def _case(act: Act, case_id: UUID | None) -> CaseShown | None:
    """The case with what was recorded of it; None for who reads referrals only."""
    if case_id is None or not act.caller.has(READ_CASES):
        return None

    def kept(table: type[RowT], answer: type[AnswerT], what: str) -> Awaitable[Page[AnswerT]]:
        return list_kept(act, table, answer, case_id, event=f"{what}.listed", paging=_newest(act))

    return CaseShown(
        case=await read_case(act, case_id),
        plan=await _plan(act, case_id),
        contacts=(await kept(Contact, ContactAnswer, "contact")).items,
        assessments=(await kept(Assessment, AssessmentRead, "assessment")).items,
        reviews=(await kept(Review, ReviewRead, "review")).items,
        onward=(await list_onwards_of(act, case_id, paging=_newest(act))).items,
    )


async def _plan(act: Act, case_id: UUID) -> CarePlanAnswer | None:
    try:
        return await read_plan(act, case_id)
    except NotFound:
        return None


def _newest(act: Act) -> Pager:
    """The newest of a list; no page here leads to older ones."""
    return Pager(MOST_SHOWN, None, act.platform.cursor_key, "", act.caller.client, {})
