"""Whose webhooks hear of a signal: of those whose Atom feed shows it."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.trajectories.performance.rules.audience import Sight, audience_of
from services.trajectories.performance.rules.places import Geography
from services.trajectories.signal_feed.rules import sees_exactly
from shared.auth.caller import Caller
from shared.deliveries.tables import WebhookEvent
from shared.months import Month
from shared.service.platform import Platform


async def hears(platform: Platform, _: AsyncSession, caller: Caller, event: WebhookEvent) -> bool:
    """Whoever sees a place exactly hears what its figures in force say, all others what the published ones say."""
    if not caller.has("performance.read"):
        return False
    basis: str | None = event.data["basis"]
    if basis is None:
        return True
    places = Geography(platform.registry)
    audience = audience_of(caller.scopes, org=caller.org, communities=caller.communities, places=places)
    month = Month.parse(event.data["month"])
    exactly = sees_exactly(event.data["community"], month, Sight(audience, places), places)
    return exactly == (basis == "exact")
