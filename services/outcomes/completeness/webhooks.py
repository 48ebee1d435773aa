"""Whose webhooks hear of a signal about a return: of those whose Atom feed shows it."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.submissions.rules import visible_councils
from shared.auth.caller import Caller
from shared.deliveries.tables import WebhookEvent
from shared.service.platform import Platform


async def hears(platform: Platform, _: AsyncSession, caller: Caller, event: WebhookEvent) -> bool:
    """Whoever reads returns hears of those of its own council, or of the councils of its communities."""
    if not (caller.has("feeds.read") or caller.has("feeds.write")):
        return False
    seen = visible_councils(caller, platform.registry)
    return seen is None or event.data["council"] in seen
