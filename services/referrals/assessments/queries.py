"""Reads of assessments."""

from sqlmodel import col, select

from services.referrals.assessments.tables import Assessment
from services.referrals.cases.tables import Case
from services.referrals.records.tables import Referral
from shared.service.acting import Act


async def was_at_risk(act: Act, referral: Referral) -> bool:
    """Whether an assessment of this person, in whichever case, found a high risk of falling."""
    same = col(Referral.id) == referral.id
    if referral.nhs_number_index is not None:
        same = col(Referral.nhs_number_index) == referral.nhs_number_index
    of_person = (
        select(Assessment.id)
        .join(Case, col(Case.id) == col(Assessment.case_id))
        .join(Referral, col(Referral.id) == col(Case.referral_id))
    )
    found = of_person.where(same, col(Assessment.high_falls_risk)).limit(1)
    return (await act.session.exec(found)).first() is not None
