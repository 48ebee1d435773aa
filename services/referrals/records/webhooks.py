"""What webhooks are told of referrals, and whose hear of it: ids, community and pathway; never a person."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.records.rules import visible
from services.referrals.records.scope import SEEN_NAMES, sight
from services.referrals.records.states import OPEN_STATUSES
from services.referrals.records.tables import Referral
from shared.auth.caller import Caller
from shared.deliveries.events import tell
from shared.deliveries.tables import WebhookEvent
from shared.ids import new_id
from shared.service.acting import Act
from shared.service.platform import Platform

RECEIVED: Final = "referral.received"
CLOSED: Final = "referral.closed"
_REDIRECTED: Final = "referral.redirected"
OVERDUE: Final = "onward.overdue"
"""An answer of a partner that is awaited beyond its day: told by the worker, for nobody acts then."""
_KINDS_OF: Final[Mapping[str, str]] = {
    "referral.triaged": "referral.triaged",
    "case.discharged": "case.discharged",
    "onward.sent": "onward.sent",
    "onward.answered": "onward.answered",
    "care-plan.written": "plan.updated",
}
"""What is told of an event of a referral; of others nothing is."""
_CLOSING: Final = frozenset({"referral.triaged", "referral.withdrawn", "case.discharged"})
KINDS: Final = (
    RECEIVED,
    "referral.triaged",
    _REDIRECTED,
    CLOSED,
    *sorted({*_KINDS_OF.values(), OVERDUE} - {"referral.triaged"}),
)
_SEES: Final = text(f"select {visible(**SEEN_NAMES)} from referral where id = :id")  # noqa: S608 -- names of records/rules.py


def told_beside(
    act: Act, event: str, referral: Referral, payload: Mapping[str, str | None]
) -> dict[str, object] | None:
    """The parameters of `TELL_EACH` for an event of a referral whose status has changed; None where nothing is told of it.

    payload: what the event holds beside its name.
    """
    kinds = list(_kinds(event, referral.status, payload.get("decision")))
    if not kinds:
        return None
    data = _data(referral, onward=payload.get("onward"))
    ids = [new_id() for _ in kinds]
    return {
        "told_ids": ids,
        "told_kinds": kinds,
        "told_of": referral.id,
        "told_data": orjson.dumps(data).decode(),
        "told_at": act.now,
    }


async def tell_of(
    session: AsyncSession, kind: str, referral: Referral, *, at: datetime, onward: str | None
) -> None:
    """Tell one kind of event of a referral. onward: the onward referral that it is about."""
    await tell(session, new_id(), [kind], _data(referral, onward=onward), at=at, subject=referral.id)


def _data(referral: Referral, *, onward: str | None) -> dict[str, str | None]:
    data = {
        "referral_id": str(referral.id),
        "case_id": None if referral.case_id is None else str(referral.case_id),
        "community": referral.icc,
        "pathway": referral.pathway,
    }
    if onward is not None:
        data["onward_id"] = onward
    return data


def _kinds(event: str, status: str, decision: str | None) -> Iterator[str]:
    if event in _KINDS_OF:
        yield _REDIRECTED if decision == "redirect" else _KINDS_OF[event]
    if event in _CLOSING and status not in OPEN_STATUSES:
        yield CLOSED


async def hears(platform: Platform, session: AsyncSession, caller: Caller, event: WebhookEvent) -> bool:
    """Whoever sees the referral hears of it."""
    seen = sight(caller, registry=platform.registry, now=platform.clock())
    given: dict[str, bool | list[str] | str | UUID | None] = {
        "everything": seen.everything,
        "communities": list(seen.communities),
        "org": seen.org,
        "caseload": None,  # a person's own list is nothing to send elsewhere
        "id": event.subject,
    }
    return bool((await (await session.connection()).execute(_SEES, given)).scalar())
