"""Reads of referrals. Each carries the one predicate of what its caller sees; none reads a row and then decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, false, literal, or_, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.records.rules import Filters, Sight, visible
from services.referrals.records.tables import AWAITING_TRIAGE, Referral, ReferralEvent
from shared.audit import audit_insert
from shared.months import LONDON

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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is wanted: at most `limit` referrals, older than `before`; None: from the newest on."""

    before: UUID | None
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list, newest received first, and whether more follow it."""

    rows: Sequence[Mapping[str, Any]]
    more: bool


@dataclass(frozen=True, slots=True)
class PersonIndexes:
    """The blind indexes a person is searched by; None where the search does not name that identifier."""

    nhs_number: bytes | None
    local: bytes | None


async def listed_referrals(
    session: AsyncSession, *, sight: Sight, filters: Filters, now: datetime, wanted: Wanted
) -> Found:
    """The referrals a caller sees that pass the filters."""
    return await _found(session, sight=sight, where=_narrowed(filters, now=now), wanted=wanted)


async def referrals_of_person(
    session: AsyncSession, *, sight: Sight, indexes: PersonIndexes, wanted: Wanted
) -> Found:
    """The referrals a caller sees of the person with one of these blind indexes."""
    given = (
        (_TABLE.c.nhs_number_index, indexes.nhs_number),
        (_TABLE.c.local_index, indexes.local),
    )
    known = or_(false(), *(column == value for column, value in given if value is not None))
    return await _found(session, sight=sight, where=[known], wanted=wanted)


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


async def _found(
    session: AsyncSession, *, sight: Sight, where: Sequence[ColumnElement[bool]], wanted: Wanted
) -> Found:
    """Ids grow with time, so they stand for the order of receipt. One row more than wanted tells whether more follow."""
    other = _TABLE.alias("other")
    duplicate = (
        select(other.c.id)
        .where(other.c.id == _TABLE.c.possible_duplicate_of, _seen(sight, other))
        .scalar_subquery()
    )
    query = select(_TABLE, duplicate.label("duplicate")).where(_seen(sight), *where)
    if wanted.before is not None:
        query = query.where(_TABLE.c.id < wanted.before)
    query = query.order_by(_TABLE.c.id.desc()).limit(wanted.limit + 1)
    connection = await session.connection()
    rows = [dict(row) for row in (await connection.execute(query)).mappings()]
    return Found(rows[: wanted.limit], more=len(rows) > wanted.limit)


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
        late = and_(columns.status.in_(AWAITING_TRIAGE), columns.triage_by < now)
        narrowed.append(late if filters.overdue else ~late)
    if filters.first is not None:
        narrowed.append(columns.referred_at >= _midnight(filters.first))
    if filters.last is not None:
        narrowed.append(columns.referred_at < _midnight(filters.last + timedelta(days=1)))
    return narrowed


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
