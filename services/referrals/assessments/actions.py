"""The only writer of assessments."""

from uuid import UUID

from services.referrals.assessments.queries import was_at_risk
from services.referrals.assessments.rules import at_high_risk_of_falling, domain_faults
from services.referrals.assessments.schemas import AssessmentAnswer, AssessmentRequest
from services.referrals.assessments.tables import ASSESSED_TOPIC, Assessment
from services.referrals.cases.actions import check_open_case, counted_at, hold_case, keep, kept_shown
from services.referrals.cases.rules import order_faults
from services.referrals.database import bands_of
from services.referrals.records.events import happened
from services.referrals.records.steps import proceed
from shared.http.versions import ExpectedVersion
from shared.problems import Invalid
from shared.service.acting import Act


async def assess(
    act: Act, case_id: UUID, found: AssessmentRequest, *, expected: ExpectedVersion
) -> AssessmentAnswer:
    """Record an assessment; the care plan is next. Raises NotFound, PreconditionFailed, Invalid, Conflict."""
    case, referral = await hold_case(act, case_id, expected)
    order = order_faults(found.assessed_on, referred_at=referral.referred_at, pointer="/assessed_on")
    if errors := [*order, *domain_faults([one.domain for one in found.domains])]:
        raise Invalid(errors=errors)
    check_open_case(case)
    high = at_high_risk_of_falling({one.domain: one.risk for one in found.domains})
    assessment = keep(
        act,
        Assessment,
        case,
        found,
        assessed_on=found.assessed_on,
        high_falls_risk=high,
        newly_at_risk=high and not await was_at_risk(act, referral),
        **counted_at(referral, found.assessed_on),
        **bands_of(referral),
    )
    case.version += 1
    await proceed(act, referral, "care-plan")
    await happened(act, ASSESSED_TOPIC, referral, counts=assessment.id)
    return kept_shown(act, assessment, AssessmentAnswer, version=case.version)
