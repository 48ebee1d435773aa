"""Reads of carers."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.carers.tables import Carer, CarerAssessment
from shared.service.acting import Act


async def carers_of(act: Act, case_id: UUID) -> Sequence[tuple[Carer, CarerAssessment | None]]:
    """The carers of a case with their assessments, in the order in which they were recorded."""
    found = (
        select(Carer, CarerAssessment)
        .join(CarerAssessment, col(CarerAssessment.carer_id) == col(Carer.id), isouter=True)
        .where(col(Carer.case_id) == case_id)
        .order_by(col(Carer.recorded_at), col(Carer.id))
    )
    return (await act.session.exec(found)).all()
