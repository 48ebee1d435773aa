"""The round of repeat measures: each open case once a night, a new one within a minute, what is due once an hour."""

from datetime import timedelta

from services.referrals.repeat_measures.actions import ask_again
from services.referrals.repeat_measures.clients import Measurements
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(minutes=1)


def repeat_periodic(measurements: Measurements) -> Periodic:
    """The loop that asks outcomes which measures are to be repeated."""

    async def ask(platform: Platform) -> bool:
        return await ask_again(platform, measurements)

    return Periodic("repeat-measures", LOOKED_AT_EVERY, ask)
