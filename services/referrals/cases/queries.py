"""Reads of cases."""

from sqlmodel import col, select

from services.referrals.cases.tables import Case
from services.referrals.records.tables import Referral
from shared.service.acting import Act


async def newest_case(act: Act, referral: Referral) -> Case | None:
    """The last case of a referral that the act holds, open or not; None when it never had one."""
    cases = select(Case).where(col(Case.referral_id) == referral.id)
    return (await act.session.exec(cases.order_by(col(Case.id).desc()).with_for_update())).first()
