"""Saying that something happened, in the transaction of what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.bare import Bare
from shared.work.nudges import note_nudge

WEBHOOKS = "webhooks"
"""The topic by which the worker is rung."""
# Where nobody listens nothing is kept: an installation without webhooks pays one look at an empty table.
_TELL = Bare("""
    insert into webhook_event (id, kinds, subject, data, at)
    select :id, cast(:kinds as text[]), :subject, cast(:data as jsonb), :at
     where exists (select from webhook where events && cast(:kinds as text[]))
        on conflict do nothing
    returning 1
""")
TELL_EACH = """
    insert into webhook_event (id, kinds, subject, data, at)
    select new.id, array[new.kind], cast(:told_of as uuid), cast(:told_data as jsonb), cast(:told_at as timestamptz)
      from unnest(cast(:told_ids as uuid[]), cast(:told_kinds as text[])) as new (id, kind)
     where exists (select from webhook where events && array[new.kind])
        on conflict do nothing
    returning 1
"""
"""SQL of several kinds of one event for a statement that writes more. It returns a row where `note_told` is due."""


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
    said = orjson.dumps(dict(data)).decode()
    given = {"id": event_id, "kinds": list(kinds), "subject": subject, "data": said, "at": at}
    if await _TELL.rows(session, given):
        note_told(session)


def note_told(session: AsyncSession) -> None:
    """Let the worker that sends to webhooks be rung once the session's transaction is committed."""
    note_nudge(session, WEBHOOKS)
