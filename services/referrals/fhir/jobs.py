"""The round of answers to senders: rung at each decision, and looked at again every few seconds."""

from datetime import timedelta

from services.referrals.deliveries.actions import ANSWERS
from services.referrals.fhir.answering import deliver_answers
from shared.deliveries.senders import Senders
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(seconds=5)


def answer_periodic(senders: Senders) -> Periodic:
    """The loop that delivers answers."""

    async def deliver(platform: Platform) -> bool:
        return await deliver_answers(platform, senders)

    return Periodic(ANSWERS, LOOKED_AT_EVERY, deliver)
