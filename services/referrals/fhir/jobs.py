"""The round of answers to senders: rung at each decision, and looked at again every few seconds."""

from datetime import timedelta

from services.referrals.deliveries.actions import ANSWERS
from services.referrals.deliveries.clients import ProxyLogin
from services.referrals.fhir.answering import deliver_answers
from shared.deliveries.senders import Senders
from shared.service.platform import Platform
from shared.service.upkeep import pruning
from shared.service.worker import Periodic

LOOKED_AT_EVERY = timedelta(seconds=5)
# A refusal is told again for as long as its sender may still send the same: five days of trying, and a weekend.
_FORGET_REFUSALS = """
    delete from fhir_message where id in (
        select id from fhir_message where act is null and received_at < now() - make_interval(days => $1)
         order by received_at limit $2 for update skip locked)
"""


def answer_periodic(senders: Senders, login: ProxyLogin) -> Periodic:
    """The loop that delivers answers. login: who we are to the national proxy."""

    async def deliver(platform: Platform) -> bool:
        return await deliver_answers(platform, senders, login)

    return Periodic(ANSWERS, LOOKED_AT_EVERY, deliver)


def forget_refusals() -> Periodic:
    """The loop that forgets refused messages."""
    return pruning("prune-refusals", _FORGET_REFUSALS)
