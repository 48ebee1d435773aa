"""Making deliveries of what happened: each event for the webhooks that listen for it and may hear of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ARRAY, Text, cast
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth.caller import Caller
from shared.auth.tables import Revocation
from shared.deliveries.events import WEBHOOKS
from shared.deliveries.tables import Webhook, WebhookDelivery, WebhookEvent
from shared.service.platform import Platform
from shared.service.worker import Periodic

LOOKED_AT_EVERY: Final = timedelta(seconds=5)
AT_ONCE: Final = 50

Hears = Callable[[Platform, AsyncSession, Caller, WebhookEvent], Awaitable[bool]]
"""Whether a caller with these rights may hear of an event: what they could read themselves."""


def spread_periodic(hears: Hears) -> Periodic:
    """The loop that makes deliveries."""

    async def spread(platform: Platform) -> bool:
        async with platform.transaction() as session:
            return await spread_events(platform, session, hears) == AT_ONCE

    return Periodic(WEBHOOKS, LOOKED_AT_EVERY, spread)


async def spread_events(platform: Platform, session: AsyncSession, hears: Hears) -> int:
    """Make deliveries of the oldest events, which then are gone. Returns how many events those were."""
    waiting = select(WebhookEvent).order_by(col(WebhookEvent.at)).limit(AT_ONCE)
    events = (await session.exec(waiting.with_for_update(skip_locked=True))).all()
    now = platform.clock()
    for event in events:
        for webhook in await _listening(session, event):
            if await hears(platform, session, _caller_of(webhook), event):
                await session.exec(_delivery(webhook, event, now))
        await session.exec(delete(WebhookEvent).where(col(WebhookEvent.id) == event.id))
    return len(events)


async def _listening(session: AsyncSession, event: WebhookEvent) -> list[Webhook]:
    """Who listens, but for clients that are no longer to be trusted."""
    refused = select(Revocation).where(col(Revocation.client) == col(Webhook.client)).exists()
    found = select(Webhook).where(col(Webhook.events).op("&&")(cast(event.kinds, ARRAY(Text))), ~refused)
    return list(await session.exec(found))


def _caller_of(webhook: Webhook) -> Caller:
    communities = None if webhook.communities is None else frozenset(webhook.communities)
    return Caller(
        client=webhook.client, scopes=frozenset(webhook.scopes), org=webhook.org, communities=communities
    )


def _delivery(webhook: Webhook, event: WebhookEvent, now: datetime) -> Insert:
    row = {
        "webhook_id": webhook.id,
        "event_id": event.id,
        "kind": next(kind for kind in event.kinds if kind in webhook.events),
        "data": event.data,
        "at": event.at,
        "tried_from": now,
        "next_at": now,
    }
    return insert(WebhookDelivery).values(row).on_conflict_do_nothing()
