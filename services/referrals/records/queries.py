"""Reads of referrals. Each carries the one predicate of what its caller sees; none reads a row and then decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, false, literal, or_, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.records.rules import Sight, visible
from services.referrals.records.tables import Referral, ReferralEvent
from shared.audit import audit_insert
from shared.months import LONDON

MOST_FOUND = 500
READ_AUDIT = 5

_TABLE: Table = Referral.__table__  # type: ignore[attr-defined]  # SQLModel's tables have it at run time
_EVENTS: Table = ReferralEvent.__table__  # type: ignore[attr-defined]  # as above
_VISIBLE = visible(everything="$2", communities="$3", org="$4")

READ_REFERRAL = f"""
    with r as (
        select referral.*, (
            select other.id from referral as other
             where other.id = referral.possible_duplicate_of and {_VISIBLE.replace("referral.", "other.")}) as duplicate
          from referral where referral.id = $1 and {_VISIBLE}),
    a as ({audit_insert(first=READ_AUDIT, source="r")})
    select * from r
"""  # noqa: S608 -- names and numbers of our own; every value is a parameter
"""One referral and its audit row in one round trip. Parameters: id, what the caller sees (3), the audit's values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to. first, last: days in Europe/London on which people were referred, both included."""

    iccs: Sequence[str] | None = None
    status: str | None = None
    pathway: str | None = None
    team: str | None = None
    overdue: bool | None = None
    first: date | None = None
    last: date | None = None


async def listed_referrals(
    session: AsyncSession, *, sight: Sight, filters: Filters, now: datetime, before: UUID | None, limit: int
) -> list[Mapping[str, Any]]:
    """At most `limit` referrals older than `before`, newest received first (ids grow with time)."""
    where = [_seen(sight), *_narrowed(filters, now=now)]
    if before is not None:
        where.append(_TABLE.c.id < before)
    return await _rows(session, sight=sight, where=and_(*where), limit=limit)


async def referrals_of_person(
    session: AsyncSession, *, sight: Sight, nhs_number_index: bytes | None, local_index: bytes | None
) -> list[Mapping[str, Any]]:
    """The referrals of the person with one of these blind indexes, newest first."""
    found = [
        column == value
        for column, value in (
            (_TABLE.c.nhs_number_index, nhs_number_index),
            (_TABLE.c.local_index, local_index),
        )
        if value is not None
    ]
    return await _rows(session, sight=sight, where=and_(_seen(sight), or_(*found)), limit=MOST_FOUND)


async def history_of(
    session: AsyncSession, referral_id: UUID, *, sight: Sight
) -> list[Mapping[str, Any]] | None:
    """The events of a referral, oldest first; None when the caller sees no such referral."""
    connection = await session.connection()
    seen = select(_TABLE.c.id).where(_TABLE.c.id == referral_id, _seen(sight))
    if (await connection.execute(seen)).first() is None:
        return None
    events = select(_EVENTS).where(_EVENTS.c.referral_id == referral_id).order_by(_EVENTS.c.id)
    return [dict(row) for row in (await connection.execute(events)).mappings()]


async def _rows(
    session: AsyncSession, *, sight: Sight, where: ColumnElement[bool], limit: int
) -> list[Mapping[str, Any]]:
    other = _TABLE.alias("other")
    duplicate = (
        select(other.c.id)
        .where(other.c.id == _TABLE.c.possible_duplicate_of, _seen(sight, other))
        .scalar_subquery()
    )
    query = (
        select(_TABLE, duplicate.label("duplicate")).where(where).order_by(_TABLE.c.id.desc()).limit(limit)
    )
    connection = await session.connection()
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _seen(sight: Sight, table: Any = _TABLE) -> ColumnElement[bool]:
    """`records.rules.visible` for a query that is built, so that only what applies is in it."""
    if sight.everything:
        return true()
    if sight.org is not None:
        return literal(sight.org).in_((table.c.sent_by, table.c.registered_practice, table.c.team))
    return table.c.icc.in_(sight.communities) if sight.communities else false()


def _narrowed(filters: Filters, *, now: datetime) -> list[ColumnElement[bool]]:
    columns = _TABLE.c
    narrowed = [
        column == value
        for column, value in (
            (columns.status, filters.status),
            (columns.pathway, filters.pathway),
            (columns.team, filters.team),
        )
        if value is not None
    ]
    if filters.iccs is not None:
        narrowed.append(columns.icc.in_(filters.iccs))
    if filters.overdue is not None:
        late = and_(columns.status.in_(("received", "information-requested")), columns.triage_by < now)
        narrowed.append(late if filters.overdue else ~late)
    if filters.first is not None:
        narrowed.append(columns.referred_at >= _midnight(filters.first))
    if filters.last is not None and filters.last < date.max:
        narrowed.append(columns.referred_at < _midnight(filters.last + timedelta(days=1)))
    return narrowed


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
