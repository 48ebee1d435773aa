"""Saying that something happened, in the transaction of what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.tables import Json
from shared.work.nudges import note_nudge

WEBHOOKS = "webhooks"
"""The topic by which the worker is rung."""
# Where nobody listens nothing is kept: an installation without webhooks pays one look at an empty table.
_TELL = text("""
    insert into webhook_event (id, kinds, subject, data, at)
    select :id, :kinds, :subject, :data, :at where exists (select from webhook where events && :kinds)
        on conflict do nothing
    returning 1
""").bindparams(bindparam("kinds", type_=ARRAY(Text)), bindparam("data", type_=Json))


async def tell(
    session: AsyncSession,
    event_id: UUID,
    kinds: Sequence[str],
    data: Mapping[str, Any],
    *,
    at: datetime,
    subject: UUID | None = None,
) -> None:
    """Let the webhooks that listen for any of some kinds be told, once for each id. data: as JSON has it; never a person."""
    given = {"id": event_id, "kinds": list(kinds), "subject": subject, "data": dict(data), "at": at}
    told = await (await session.connection()).execute(_TELL, given)
    if told.first() is not None:
        note_nudge(session, WEBHOOKS)
