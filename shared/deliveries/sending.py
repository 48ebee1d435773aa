"""Sending events to webhooks: claimed row by row, tried until acknowledged, given up after five days."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from shared.deliveries.events import WEBHOOKS
from shared.deliveries.receivers import Receivers
from shared.deliveries.rules import PAUSE, PAUSED_AFTER, TRIED_FOR, wait_after
from shared.deliveries.signing import signed_headers
from shared.deliveries.spreading import LOOKED_AT_EVERY
from shared.deliveries.tables import Webhook
from shared.service.platform import Platform
from shared.service.worker import Periodic

SIDE_BY_SIDE: Final = 8
_TAKEN: Final = range(200, 300)
_EXPIRED: Final = """
    update webhook_delivery set status = 'not-delivered', settled_at = $1
     where status = 'sent' and tried_from <= $2
"""
_DUE: Final = """
    select d.webhook_id, d.event_id, d.attempts from webhook_delivery d
      join webhook w on w.id = d.webhook_id
     where d.status = 'sent' and d.next_at <= $1 and coalesce(w.paused_until <= $1, true)
     order by d.next_at limit $2 for update of d skip locked
"""
_CLAIM: Final = """
    update webhook_delivery d set attempts = attempts + 1, next_at = $3 from webhook w
     where d.webhook_id = $1 and d.event_id = $2 and w.id = d.webhook_id
    returning d.webhook_id, d.event_id, d.kind, d.data, d.at, d.attempts, w.url, w.secret
"""
_SETTLE: Final = """
    update webhook_delivery set last_status = $4, status = case when $5 then 'acknowledged' else status end,
           settled_at = case when $5 then $6::timestamptz end
     where webhook_id = $1 and event_id = $2 and attempts = $3 and status = 'sent'
"""
_ANSWERED: Final = "update webhook set failures = 0, paused_until = null where id = $1 and failures > 0"
_FAILED: Final = """
    update webhook set failures = failures + 1,
           paused_until = case when failures + 1 >= $2 then $3::timestamptz end
     where id = $1
"""
FORGET_DELIVERIES: Final = """
    delete from webhook_delivery where ctid in (
        select ctid from webhook_delivery where settled_at < now() - make_interval(days => $1) limit $2
        for update skip locked)
"""
"""For `prune_batch`."""


def send_periodic(receivers: Receivers) -> Periodic:
    """The loop that sends."""

    async def send(platform: Platform) -> bool:
        return await send_due(platform, receivers)

    return Periodic(WEBHOOKS, LOOKED_AT_EVERY, send)


async def send_due(platform: Platform, receivers: Receivers) -> bool:
    """Try the deliveries that are due, a few at once; True when there may be more."""
    now = platform.clock()
    claimed = await _claim(platform, now)
    await asyncio.gather(*(_send(platform, receivers, row) for row in claimed))
    return len(claimed) == SIDE_BY_SIDE


async def _claim(platform: Platform, now: datetime) -> Sequence[Mapping[str, Any]]:
    async with platform.database.connection() as connection, connection.transaction():
        await connection.execute(_EXPIRED, now, now - TRIED_FOR)
        due = await connection.fetch(_DUE, now, SIDE_BY_SIDE)
        return [
            await connection.fetchrow(
                _CLAIM, row["webhook_id"], row["event_id"], now + wait_after(row["attempts"] + 1)
            )
            for row in due
        ]


async def _send(platform: Platform, receivers: Receivers, row: Mapping[str, Any]) -> None:
    data = {**orjson.loads(row["data"]), "at": row["at"]}
    content = orjson.dumps({"type": row["kind"], "timestamp": row["at"], "data": data})
    secret = platform.keyring.decrypt(
        row["secret"], table=str(Webhook.__tablename__), column="secret", row=row["webhook_id"]
    )
    headers = signed_headers(secret, content, event=row["event_id"], at=platform.clock())
    status = await receivers.post(row["url"], content, headers)
    await _settle(platform, row, status)


async def _settle(platform: Platform, row: Mapping[str, Any], status: int | None) -> None:
    now = platform.clock()
    taken = status in _TAKEN
    async with platform.database.connection() as connection, connection.transaction():
        await connection.execute(
            _SETTLE, row["webhook_id"], row["event_id"], row["attempts"], status, taken, now
        )
        if taken:
            await connection.execute(_ANSWERED, row["webhook_id"])
        else:
            await connection.execute(_FAILED, row["webhook_id"], PAUSED_AFTER, now + PAUSE)
