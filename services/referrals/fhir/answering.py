"""Delivering answers: claimed row by row, tried until a sender acknowledges, given up after five days."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.referrals.deliveries.clients import ProxyLogin
from services.referrals.deliveries.rules import Target, target_of
from services.referrals.fhir.outcomes import (
    Decision,
    answer_bundle,
    answer_headers,
    category_of,
    proxy_headers,
)
from services.referrals.fhir.tables import FhirMessage
from services.referrals.settings import Settings
from services.referrals.triage.reasons import reason_codes
from shared.deliveries.rules import PAUSE, PAUSED_AFTER, TRIED_FOR, wait_after
from shared.deliveries.senders import Senders
from shared.service.platform import Platform

SIDE_BY_SIDE = 8
_TABLE = str(FhirMessage.__tablename__)
_DUPLICATE = 409
_UNAUTHORIZED = 401
_EXPIRED = """
    update delivery set status = 'not-delivered', settled_at = $1
     where status = 'sent' and created_at <= $2
"""
# Of one referral in the order of its decisions; of a sender that is paused, none.
_DUE = """
    select d.id, d.attempts from delivery d
      left join delivery_pause p on p.org = d.org
     where d.status = 'sent' and d.next_at <= $1 and coalesce(p.paused_until <= $1, true)
       and not exists (
           select from delivery e where e.referral_id = d.referral_id and e.status = 'sent' and e.version < d.version)
     order by d.next_at limit $2 for update of d skip locked
"""
_CLAIM = "update delivery set attempts = attempts + 1, next_at = $2 where id = $1 returning *"
_MESSAGE = "select id, raw, head, correlation_id, use_case from fhir_message where id = $1"
_SETTLE = """
    update delivery set last_status = $3, status = case when $4 then 'acknowledged' else status end,
           settled_at = case when $4 then $5::timestamptz end
     where id = $1 and attempts = $2 and status = 'sent'
"""
_FAILED = """
    insert into delivery_pause (org, failures) values ($1, 1)
        on conflict (org) do update set failures = delivery_pause.failures + 1,
           paused_until = case when delivery_pause.failures + 1 >= $2 then $3::timestamptz end
"""


async def deliver_answers(platform: Platform, senders: Senders, login: ProxyLogin) -> bool:
    """Try the answers that are due, a few at once; True when there may be more. login: who we are to the national proxy."""
    now = platform.clock()
    claimed = await _claim(platform, now)
    await asyncio.gather(*(_deliver(platform, _Ways(senders, login), row) for row in claimed))
    return len(claimed) == SIDE_BY_SIDE


async def _claim(platform: Platform, now: datetime) -> Sequence[Mapping[str, Any]]:
    async with platform.database.connection() as connection, connection.transaction():
        await connection.execute(_EXPIRED, now, now - TRIED_FOR)
        due = await connection.fetch(_DUE, now, SIDE_BY_SIDE)
        return [
            await connection.fetchrow(_CLAIM, row["id"], now + wait_after(row["attempts"] + 1)) for row in due
        ]


@dataclass(frozen=True, slots=True)
class _Ways:
    """How senders are reached."""

    senders: Senders
    login: ProxyLogin


async def _deliver(platform: Platform, ways: _Ways, row: Mapping[str, Any]) -> None:
    async with platform.database.connection() as connection:
        message = await connection.fetchrow(_MESSAGE, row["message_id"])
    opened = {name: _opened(platform, message, name) for name in ("raw", "head")}
    settings = platform.settings_of(Settings)
    target = target_of(
        opened["head"]["source"] or "", proxy=settings.bars_proxy_url, origins=settings.delivery_origins
    )
    status = None if target is None else await _post(ways, row, message, opened["raw"], target)
    await _settle(platform, row, status)


async def _post(
    ways: _Ways,
    row: Mapping[str, Any],
    message: Mapping[str, Any],
    sent: Mapping[str, Any],
    target: Target,
) -> int | None:
    titles = {one.code: one.title for one in reason_codes()}
    code = row["reason_code"]
    decision = Decision(
        id=row["id"],
        referral_id=row["referral_id"],
        outcome=row["outcome"],
        at=row["created_at"],
        use_case=message["use_case"] or "",
        category=category_of(message["use_case"]),
        reason=None if code is None else (code, titles.get(code, code)),
    )
    content = orjson.dumps(answer_bundle(sent, decision))
    headers = answer_headers(decision, target, message["correlation_id"])
    if target.service is None:
        return await ways.senders.post(target.url, content, headers)
    proven = await ways.login.headers()
    if proven is None:
        return None
    headers |= {**proxy_headers(sent, decision), **proven}
    status = await ways.senders.post(target.url, content, headers)
    if status == _UNAUTHORIZED:
        ways.login.forget()
    return status


async def _settle(platform: Platform, row: Mapping[str, Any], status: int | None) -> None:
    now = platform.clock()
    # To a sender a duplicate is a confirmation, and to us.
    taken = status is not None and (200 <= status < 300 or status == _DUPLICATE)  # noqa: PLR2004 -- of HTTP
    async with platform.database.connection() as connection, connection.transaction():
        await connection.execute(_SETTLE, row["id"], row["attempts"], status, taken, now)
        if taken:
            await connection.execute("delete from delivery_pause where org = $1", row["org"])
        else:
            await connection.execute(_FAILED, row["org"], PAUSED_AFTER, now + PAUSE)


def _opened(platform: Platform, message: Mapping[str, Any], column: str) -> Any:
    return orjson.loads(
        platform.keyring.decrypt_bytes(message[column], table=_TABLE, column=column, row=message["id"])
    )
