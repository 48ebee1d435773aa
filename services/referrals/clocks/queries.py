"""Reads of pauses."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.clocks.tables import Pause
from shared.db.reading import unwritten
from shared.service.acting import Act


async def pauses_of(act: Act, referral_id: UUID) -> Sequence[Pause]:
    """Every pause of a referral that the act holds, running ones too."""
    with unwritten(act.session, Pause):
        return (await act.session.exec(select(Pause).where(col(Pause.referral_id) == referral_id))).all()
