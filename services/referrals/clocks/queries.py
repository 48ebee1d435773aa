"""Reads of pauses."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.clocks.tables import Pause
from shared.service.acting import Act


async def pauses_of(act: Act, referral_id: UUID) -> Sequence[Pause]:
    """Every pause of a referral that the act holds, running ones too."""
    return (await act.session.exec(select(Pause).where(col(Pause.referral_id) == referral_id))).all()
