"""What was judged to be avoided of a case before."""

from uuid import UUID

from sqlmodel import col, select

from services.referrals.discharges.rules import Judged
from services.referrals.discharges.tables import AvoidedActivity
from shared.service.acting import Act


async def avoided_of(act: Act, case_id: UUID) -> list[Judged]:
    """What was judged to be avoided of a case."""
    found = select(AvoidedActivity).where(col(AvoidedActivity.case_id) == case_id)
    rows = (await act.session.exec(found)).all()
    return [Judged(kind=one.kind, since=one.since, until=one.until, counted=one.units) for one in rows]
