"""The referrals service's worker: wiring only."""

from collections.abc import Sequence

from services.referrals.deliveries.clients import open_proxy_login
from services.referrals.facts import TOPICS
from services.referrals.fhir.jobs import answer_periodic, forget_refusals
from services.referrals.intake.messages import hide_messages
from services.referrals.onward.jobs import overdue_periodic
from services.referrals.records.webhooks import hears
from services.referrals.repeat_measures.catalogue import repeats
from services.referrals.repeat_measures.clients import open_outcomes
from services.referrals.repeat_measures.jobs import repeat_periodic
from services.referrals.settings import Settings
from shared.deliveries.receivers import open_receivers
from shared.deliveries.senders import open_senders
from shared.deliveries.sending import FORGET_DELIVERIES, send_periodic
from shared.deliveries.spreading import spread_periodic
from shared.service.jobs import WorkKind
from shared.service.platform import Platform, open_platform
from shared.service.upkeep import check_periodic, day_periodic, fact_periodic, pruning, rebuild_kind, upkeep
from shared.service.worker import Periodic, run_worker

SERVICE = "referrals"


def kinds() -> list[WorkKind]:
    """The work this service does from rows."""
    return [rebuild_kind(TOPICS)]


def periodics(platform: Platform) -> Sequence[Periodic]:
    """What this service does every so often, or when rung."""
    return [
        fact_periodic(TOPICS, every=platform.settings.sweep_interval),
        check_periodic(TOPICS),
        day_periodic(TOPICS),
        hide_messages(),
        forget_refusals(),
        overdue_periodic(),
        spread_periodic(hears),
        pruning("prune-webhook-deliveries", FORGET_DELIVERIES),
        *upkeep(),
    ]


async def work(settings: Settings) -> None:
    """Run the worker until it is told to stop."""
    # A broken data file stops the process here, not in the night.
    repeats()
    async with (
        open_platform(SERVICE, settings) as platform,
        open_outcomes(settings) as outcomes,
        open_senders() as senders,
        open_proxy_login(settings.bars) as login,
        open_receivers(settings.delivery_origins) as receivers,
    ):
        calling = [repeat_periodic(outcomes), answer_periodic(senders, login), send_periodic(receivers)]
        await run_worker(
            platform, kinds=kinds(), periodics=[*calling, *periodics(platform)], sweep=settings.sweep_interval
        )
