"""Reads of pauses."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.clocks.tables import Pause
from shared.db.bare import Bare
from shared.db.reading import is_written, unwritten
from shared.service.acting import Act

_HAS_ANY = Bare("select 1 from referral_pause where referral_id = :id limit 1")


async def pauses_of(act: Act, referral_id: UUID) -> Sequence[Pause]:
    """Every pause of a referral that the act holds, running ones too."""
    if is_written(act.session, Pause) and not await _HAS_ANY.rows(act.session, {"id": referral_id}):
        return []  # nearly every referral's answer, which needs no rows made of it
    with unwritten(act.session, Pause):
        return (await act.session.exec(select(Pause).where(col(Pause.referral_id) == referral_id))).all()
