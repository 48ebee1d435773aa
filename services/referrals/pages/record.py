"""What the page of a referral shows: the record and its case, each part read by the action that the interface calls."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.referrals.assessments.schemas import AssessmentRead
from services.referrals.assessments.tables import Assessment
from services.referrals.care_plans.actions import read_plan
from services.referrals.care_plans.schemas import CarePlanAnswer
from services.referrals.carers.actions import read_carers
from services.referrals.carers.schemas import CarerAnswer
from services.referrals.cases.actions import AnswerT, RowT, list_kept, read_case
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.clocks.queries import pauses_of
from services.referrals.consents.actions import read_consents
from services.referrals.consents.schemas import ConsentRead
from services.referrals.contacts.schemas import ContactAnswer
from services.referrals.contacts.tables import Contact
from services.referrals.directory.queries import service_names, whole_directory
from services.referrals.directory.rules import PartnerService, in_order
from services.referrals.disclosures.actions import list_disclosures
from services.referrals.disclosures.schemas import DisclosureAnswer
from services.referrals.meetings.actions import STAGE as MEETING_STAGE
from services.referrals.meetings.answers import action_shown
from services.referrals.meetings.queries import action_of
from services.referrals.onward.actions import list_onwards_of, read_onward
from services.referrals.onward.schemas import OnwardAnswer
from services.referrals.records.actions import open_history, open_referral, search_referrals, see_referral
from services.referrals.records.answers import event_shown
from services.referrals.records.schemas import EventAnswer, PersonSearch, ReferralAnswer
from services.referrals.records.states import ListStage
from services.referrals.records.tables import WorklistItem
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
from shared.months import london_day
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

MOST_SHOWN = 20
"""Of each kind of what was recorded; the interface has the rest."""
MOST_TOLD = 100
_PRESSING: Final[Sequence[Urgency]] = ("overdue", "alert", "due", "waiting")
"""The order in which things to do stand on a record."""
READ_CASES = "cases.read"
WORK_CASES = "cases.work"


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that is to be done for the person. due: None where nothing says by when.

    about, subject: of what stands beside the referral.   agreed: what a meeting agreed, in its words.
    """

    action: str
    due: datetime | None
    state: Urgency
    assignee: str | None
    stage: ListStage
    about: str | None = None
    subject: UUID | None = None
    agreed: str | None = None


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case with what was recorded of it, newest first."""

    case: CaseAnswer
    plan: CarePlanAnswer | None
    contacts: Sequence[ContactAnswer]
    assessments: Sequence[AssessmentRead]
    reviews: Sequence[ReviewRead]
    onward: Sequence[OnwardAnswer]
    consents: Sequence[ConsentRead]
    carers: Sequence[CarerAnswer]


@dataclass(frozen=True, slots=True)
class Record:
    """A referral as its page shows it. case: None where there is none, or the reader may not know of it.

    services: whom the case may ask for something, the community's own first; nobody where it is not open.
    """

    referral: ReferralAnswer
    flags: Sequence[str]
    to_do: Sequence[ToDo]
    history: Sequence[EventAnswer]
    case: CaseShown | None
    services: Sequence[PartnerService]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page of one long form stands on. assessment: the newest."""

    referral: ReferralAnswer
    flags: Sequence[str]
    case: CaseAnswer
    plan: CarePlanAnswer | None
    assessment: AssessmentRead | None


@dataclass(frozen=True, slots=True)
class Same:
    """A record, and the others under the number of its person."""

    referral: ReferralAnswer
    flags: Sequence[str]
    others: Sequence[ReferralAnswer]


async def read_record(platform: Platform, referral_id: UUID, *, caller: Caller) -> Record:
    """The record of a referral; each part is audited as if it were asked for alone. Raises NotFound."""
    referral = ReferralAnswer.model_validate(await open_referral(platform, referral_id, caller=caller))
    async with platform.transaction() as session:
        act = Act(caller, session, platform, platform.clock())
        events = await open_history(act, referral.id)
        case = await _case(act, referral.case_id)
        works = case is not None and case.case.status == "open" and caller.has(WORK_CASES)
        return Record(
            referral=referral,
            flags=await _flags(act, referral),
            to_do=await _to_do(act, referral),
            history=[event_shown(event, keyring=act.keyring) for event in reversed(events)],
            case=case,
            services=await _services(act, referral.icc) if works else (),
        )


async def read_sheet(platform: Platform, referral_id: UUID, case_id: UUID, *, caller: Caller) -> Sheet:
    """A case as one of its long forms needs it. Raises NotFound also for a case of another referral."""
    referral = ReferralAnswer.model_validate(await open_referral(platform, referral_id, caller=caller))
    if referral.case_id != case_id:
        raise NotFound
    async with platform.transaction() as session:
        act = Act(caller, session, platform, platform.clock())
        newest = await list_kept(
            act, Assessment, AssessmentRead, case_id, event="assessment.listed", paging=_newest(act, 1)
        )
        return Sheet(
            referral=referral,
            flags=await _flags(act, referral),
            case=await read_case(act, case_id),
            plan=await _plan(act, case_id),
            assessment=next(iter(newest.items), None),
        )


async def read_same(platform: Platform, referral_id: UUID, *, caller: Caller) -> Same:
    """A record with the others that the interface finds under its person's number. Raises NotFound."""
    referral = ReferralAnswer.model_validate(await open_referral(platform, referral_id, caller=caller))
    patient = referral.patient
    search = (
        PersonSearch(local_id=patient.local_id, local_system=patient.local_system)
        if patient.nhs_number is None
        else PersonSearch(nhs_number=patient.nhs_number)
    )
    async with platform.transaction() as session:
        act = Act(caller, session, platform, platform.clock())
        found = await search_referrals(act, search, paging=_newest(act))
        flags = await _flags(act, referral)
    return Same(referral, flags, [one for one in found.items if one.id != referral.id])


async def read_question(
    platform: Platform, referral_id: UUID, onward_id: UUID, *, caller: Caller
) -> tuple[ReferralAnswer, OnwardAnswer]:
    """What a case asked of a partner, with its referral; that it was declined is seen to by it. Raises NotFound."""
    referral = ReferralAnswer.model_validate(await open_referral(platform, referral_id, caller=caller))
    async with platform.transaction() as session:
        onward = await read_onward(Act(caller, session, platform, platform.clock()), onward_id)
    if onward.case_id is None or onward.case_id != referral.case_id:
        raise NotFound
    return referral, onward


async def read_told(
    platform: Platform, referral_id: UUID, case_id: UUID, *, caller: Caller
) -> tuple[ReferralAnswer, Sequence[DisclosureAnswer]]:
    """Who was told what of a case, newest first; that somebody broke the glass is seen to by it. Raises NotFound."""
    referral = ReferralAnswer.model_validate(await open_referral(platform, referral_id, caller=caller))
    if referral.case_id != case_id:
        raise NotFound
    async with platform.transaction() as session:
        act = Act(caller, session, platform, platform.clock())
        return referral, (await list_disclosures(act, case_id, paging=_newest(act, MOST_TOLD))).items


async def _services(act: Act, icc: str) -> list[PartnerService]:
    """Whom a case may ask, as a link worker reads them out."""
    today = london_day(act.now)
    directory = await whole_directory(act.session)
    open_ones = [one for one in directory.services.values() if one.state(today) != "closed"]
    return in_order(open_ones, nearest=icc, today=today)


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
    names = await service_names(
        act.session, {one.about for one in beside if one.stage == ONWARD_STAGE and one.about}
    )
    ends = today_ends(act.now)

    def to_do(stage: ListStage, due: datetime | None, assignee: str | None, **item: Any) -> ToDo:
        about = item.get("about")
        named = named_of({"stage": stage, "about": about}, names)
        action = next_action(stage, listed=referral.icc, about=about, named=named)
        return ToDo(action, due, urgency(stage, due, now=act.now, ends=ends), assignee, stage, **item)

    found: list[ToDo] = []
    if referral.stage is not None:
        due = (await see_referral(act, referral.id)).stage_due
        found.append(to_do(referral.stage, due, referral.assignee))
    for one in beside:
        agreed = await _agreed(act, one)
        item = {"about": one.about, "subject": one.subject, "agreed": agreed}
        found.append(to_do(one.stage, one.due_at, one.assignee, **item))
    return sorted(found, key=lambda one: (_PRESSING.index(one.state), one.due or act.now))


async def _agreed(act: Act, item: WorklistItem) -> str | None:
    """What a meeting agreed, for who may read what is recorded of the case."""
    if item.stage != MEETING_STAGE or not act.caller.has(READ_CASES):
        return None
    found = await action_of(act, item.subject)
    return None if found is None else action_shown(act, found[0], today=london_day(act.now)).text


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
        consents=(await read_consents(act, case_id)).items,
        carers=(await read_carers(act, case_id)).items,
    )


async def _plan(act: Act, case_id: UUID) -> CarePlanAnswer | None:
    try:
        return await read_plan(act, case_id)
    except NotFound:
        return None


def _newest(act: Act, most: int = MOST_SHOWN) -> Pager:
    """The newest of a list; no page here leads to older ones."""
    return Pager(most, None, act.platform.cursor_key, "", act.caller.client, {})
