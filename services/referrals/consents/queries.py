"""Reads of consents."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.consents.tables import Consent
from shared.service.acting import Act


async def consents_of(act: Act, case_id: UUID) -> Sequence[Consent]:
    """Every consent of a case, in the order in which they were recorded."""
    found = select(Consent).where(col(Consent.case_id) == case_id).order_by(col(Consent.seq))
    return (await act.session.exec(found)).all()
