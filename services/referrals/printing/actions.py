"""Documents about a case: their reading is audited and disclosed before anybody is given one."""

from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import col, select

from services.referrals.assessments.schemas import AssessmentRead
from services.referrals.assessments.tables import Assessment
from services.referrals.care_plans.actions import admit_reader, plan_shown
from services.referrals.care_plans.queries import plan_of
from services.referrals.cases.actions import case_shown, kept_shown, see_case
from services.referrals.cases.tables import Case, OfCase
from services.referrals.directory.queries import whole_directory
from services.referrals.discharges.tables import AvoidedActivity
from services.referrals.onward.tables import OnwardReferral
from services.referrals.pathways.catalogue import catalogue
from services.referrals.printing.composing import summary_document
from services.referrals.printing.papers import Sent, Told, plan_paper, summary_paper
from services.referrals.records.answers import answer_to_act
from services.referrals.records.events import was_read
from services.referrals.records.tables import Referral
from services.referrals.reviews.schemas import ReviewRead
from services.referrals.reviews.tables import Review
from shared.months import london_day
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.typesetting import Typesetter

TEMPLATE: Final = Path(__file__).with_name("document.typ")
AnswerT = TypeVar("AnswerT", bound=BaseModel)


async def print_plan(act: Act, case_id: UUID, typesetter: Typesetter) -> bytes:
    """The care plan as it stands, as a PDF. Raises NotFound, Unavailable."""
    case, referral = await see_case(act, case_id)
    plan = await plan_of(act, case.id)
    if plan is None:
        raise NotFound
    await admit_reader(act, referral, case, "care-plan", subject=plan.id)
    await was_read(act, "care-plan.printed", referral, case=str(case.id), version=plan.version)
    told = await _told(act, case, referral)
    paper = plan_paper(told, plan_shown(act, plan), printed_at=act.now)
    return await typesetter.pdf(TEMPLATE, paper, made_at=act.now)


async def print_summary(act: Act, case_id: UUID, typesetter: Typesetter) -> bytes:
    """The discharge summary as a PDF. Raises NotFound, also before the discharge; Unavailable."""
    told = await _summed_up(act, case_id, "case.summary-printed")
    return await typesetter.pdf(TEMPLATE, summary_paper(told, printed_at=act.now), made_at=act.now)


async def compose_summary(act: Act, case_id: UUID) -> dict[str, Any]:
    """The discharge summary as a FHIR document. Raises NotFound, also before the discharge."""
    told = await _summed_up(act, case_id, "case.summary-read")
    return summary_document(told, summary_paper(told, printed_at=act.now), made_at=act.now)


async def _summed_up(act: Act, case_id: UUID, event: str) -> Told:
    case, referral = await see_case(act, case_id)
    if case.discharged_on is None:
        raise NotFound("A case has its summary once it is discharged.")
    await admit_reader(act, referral, case, "summary", subject=case.id)
    await was_read(act, event, referral, case=str(case.id))
    return await _told(act, case, referral)


async def _told(act: Act, case: Case, referral: Referral) -> Told:
    """All that is known of a case. What is recorded of it stands in the order of its making."""
    plan = await plan_of(act, case.id)
    community = act.registry.community(referral.icc)
    practice = referral.registered_practice
    found = None if practice is None else act.registry.practice(practice)
    return Told(
        case=case_shown(case, referral),
        referral=await answer_to_act(act, referral),
        place=referral.icc if community is None else community.name,
        practice=practice if found is None else found.name,
        pathway=catalogue().pathways[referral.pathway].title,
        plan=None if plan is None else plan_shown(act, plan),
        assessments=await _recorded(act, Assessment, AssessmentRead, case.id),
        reviews=await _recorded(act, Review, ReviewRead, case.id),
        onward=await _sent(act, case.id),
        avoided=await _avoided(act, case.id),
    )


async def _recorded(act: Act, table: type[OfCase], answer: type[AnswerT], case_id: UUID) -> list[AnswerT]:
    found = select(table).where(col(table.case_id) == case_id).order_by(col(table.id))
    return [kept_shown(act, row, answer) for row in (await act.session.exec(found)).all()]


async def _sent(act: Act, case_id: UUID) -> list[Sent]:
    found = select(OnwardReferral).where(col(OnwardReferral.case_id) == case_id)
    rows = (await act.session.exec(found.order_by(col(OnwardReferral.id)))).all()
    services = (await whole_directory(act.session)).services
    return [
        Sent(
            service=row.service,
            name=services[row.service].name if row.service in services else row.service,
            kind=services[row.service].kind if row.service in services else "",
            status=row.status,
            sent_on=london_day(row.sent_at),
            answered_on=None if row.answered_at is None else london_day(row.answered_at),
            outcome=act.opened(row, "outcome"),
        )
        for row in rows
    ]


async def _avoided(act: Act, case_id: UUID) -> dict[str, int]:
    found = select(AvoidedActivity).where(col(AvoidedActivity.case_id) == case_id)
    totals: dict[str, int] = {}
    for row in (await act.session.exec(found)).all():
        totals[row.kind] = totals.get(row.kind, 0) + row.units
    return totals
