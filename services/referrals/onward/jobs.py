"""What a partner owes beyond its day: each is told to webhooks once, within a minute."""

from datetime import timedelta
from typing import Final

from services.referrals.onward.queries import newly_overdue
from services.referrals.records.webhooks import OVERDUE, tell_of
from shared.audit.recording import record
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY: Final = timedelta(minutes=1)
AT_ONCE: Final = 200


def overdue_periodic() -> Periodic:
    """The loop that tells of answers that have become overdue."""
    return Periodic("onward-overdue", LOOKED_AT_EVERY, _tell_overdue)


async def _tell_overdue(platform: Platform) -> bool:
    """Tell of some; True when there may be more."""
    now = platform.clock()
    async with platform.transaction() as session:
        found = await newly_overdue(session, now=now, most=AT_ONCE)
        for onward, referral in found:
            onward.overdue_at = now
            await tell_of(session, OVERDUE, referral, at=onward.due_at, onward=str(onward.id))
            record(
                session, caller=None, event=OVERDUE, resource_type="onward-referral", resource_id=onward.id
            )
    return len(found) == AT_ONCE
