"""The only writer of reviews."""

from uuid import UUID

from services.referrals.cases.actions import check_open_case, hold_case, keep, kept_shown
from services.referrals.cases.rules import order_faults
from services.referrals.records.events import happened
from services.referrals.records.steps import proceed
from services.referrals.reviews.rules import next_due, next_faults
from services.referrals.reviews.schemas import ReviewAnswer, ReviewRequest
from services.referrals.reviews.tables import Review
from shared.http.versions import ExpectedVersion
from shared.months import london_day
from shared.problems import Invalid
from shared.service.acting import Act


async def review_case(
    act: Act, case_id: UUID, made: ReviewRequest, *, expected: ExpectedVersion
) -> ReviewAnswer:
    """Record a review; the next one is due on its day, else on the one planned before where that still lies ahead. Raises NotFound, PreconditionFailed, Invalid, Conflict."""
    case, referral = await hold_case(act, case_id, expected)
    order = order_faults(made.reviewed_on, referred_at=referral.referred_at, pointer="/reviewed_on")
    if errors := [*order, *next_faults(made.reviewed_on, made.next_review_on)]:
        raise Invalid(errors=errors)
    check_open_case(case)
    review = keep(act, Review, case, made, reviewed_on=made.reviewed_on, next_review_on=made.next_review_on)
    case.version += 1
    standing = referral.stage_due if referral.stage == "review" else None
    planned = None if standing is None else london_day(standing)
    on = next_due(made.reviewed_on, made.next_review_on, planned=planned)
    await proceed(act, referral, "review", on=on)
    await happened(act, "case.reviewed", referral)
    return kept_shown(act, review, ReviewAnswer, version=case.version)
