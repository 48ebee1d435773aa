"""Reads of onward referrals. Each carries the condition of what its caller sees: a partner what was sent to it, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, false, func, or_, text
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from services.referrals.database import BY_PEOPLE
from services.referrals.onward.rules import UNANSWERED
from services.referrals.onward.tables import AWAITED, OnwardReferral
from services.referrals.records.scope import WORK, seen_by
from services.referrals.records.tables import Referral
from shared.service.acting import Act
from shared.service.paging import Pager

Found = tuple[OnwardReferral, Referral]

_LINES = ", ".join(f"('{name}=' || coalesce({value}, 'unknown'))" for name, value in BY_PEOPLE.items())
# Only what cannot change any more by the instant: a due time that has passed, and what was done by then.
_DUE = text(f"""
    select own.counted_place as place, own.counted_month as month, lines.line, count(*) as due,
           count(*) filter (where own.completed_at <= own.due_at) as in_time
      from onward_referral own cross join lateral (values {_LINES}) as lines (line)
     where own.counted_month >= :since and own.due_at < :until
       and (own.recalled_at is null or own.recalled_at > own.due_at)
     group by place, month, line order by month, place, line
""")  # noqa: S608 -- names of our code


@dataclass(frozen=True, slots=True)
class Due:
    """How many onward referrals of a place fell due in a month, and how many of them were done by then.

    line: the breakdown that they count in, and its value.
    """

    place: str
    month: date
    line: tuple[str, str]
    due: int
    in_time: int


async def due_before(session: AsyncSession, until: datetime, *, since: date) -> list[Due]:
    """What fell due before an instant, in the months from a first day on. What was recalled before is not counted."""
    rows = await (await session.connection()).execute(_DUE, {"since": since, "until": until})
    found = []
    for row in rows.all():
        name, _, value = row.line.partition("=")
        found.append(Due(row.place, row.month, (name, value), row.due, row.in_time))
    return found


def works_cases(act: Act) -> bool:
    """Whether the caller sees onward referrals with their cases, as a case manager does, and not as a partner."""
    return act.caller.has(WORK)


def _seen(act: Act) -> ColumnElement[bool] | TextClause:
    if works_cases(act):
        return seen_by(act)
    if act.caller.org is None:
        return false()
    return or_(col(OnwardReferral.service) == act.caller.org, col(OnwardReferral.partner) == act.caller.org)


def _with_referral() -> Select[OnwardReferral, Referral]:
    """Onward referrals, each with the referral it belongs to, or that this one became part of."""
    asked = aliased(Referral, name="asked")
    survivor = func.coalesce(col(asked.merged_into), col(asked.id))
    return (
        select(OnwardReferral, Referral)
        .join(asked, col(asked.id) == col(OnwardReferral.referral_id))
        .join(Referral, col(Referral.id) == survivor)
    )


async def onward_seen(act: Act, onward_id: UUID) -> Found | None:
    """An onward referral with its referral; None where the caller sees none."""
    found = _with_referral().where(col(OnwardReferral.id) == onward_id, _seen(act))
    return (await act.session.exec(found)).first()


async def onwards_seen(act: Act, *, paging: Pager, case_id: UUID | None = None) -> Sequence[Found]:
    """A page of the onward referrals that the caller sees, newest first, and one more where more follow. case_id: of this case alone."""
    found = _with_referral().where(_seen(act))
    if case_id is not None:
        found = found.where(col(OnwardReferral.case_id) == case_id)
    if before := paging.after():
        found = found.where(col(OnwardReferral.id) < UUID(before[0]))
    newest = found.order_by(col(OnwardReferral.id).desc()).limit(paging.limit + 1)
    return (await act.session.exec(newest)).all()


async def onward_of_link(act: Act, link_hash: bytes) -> UUID | None:
    """The onward referral that a link was given out for, whether it still holds or not."""
    found = select(OnwardReferral.id).where(col(OnwardReferral.link_hash) == link_hash)
    return (await act.session.exec(found)).first()


async def held(act: Act, onward_id: UUID) -> Found:
    """An onward referral that is there, with its referral, both held till the act ends; the referral first, as everywhere."""
    of = (
        select(func.coalesce(col(Referral.merged_into), col(Referral.id)))
        .join(OnwardReferral, col(OnwardReferral.referral_id) == col(Referral.id))
        .where(col(OnwardReferral.id) == onward_id)
    )
    referral_id = (await act.session.exec(of)).one()
    fresh = {"populate_existing": True}
    one = select(Referral).where(col(Referral.id) == referral_id).with_for_update()
    referral = (await act.session.exec(one, execution_options=fresh)).one()
    own = select(OnwardReferral).where(col(OnwardReferral.id) == onward_id).with_for_update()
    return (await act.session.exec(own, execution_options=fresh)).one(), referral


async def newly_overdue(session: AsyncSession, *, now: datetime, most: int) -> Sequence[Found]:
    """Answers that are awaited beyond their day and of which nobody was told yet, the longest awaited first, held till the end."""
    found = (
        _with_referral()
        .where(text(f"onward_referral.{AWAITED}"), col(OnwardReferral.due_at) < now)
        .order_by(col(OnwardReferral.due_at), col(OnwardReferral.id))
        .limit(most)
        .with_for_update(skip_locked=True, of=OnwardReferral)
    )
    return (await session.exec(found)).all()


async def unanswered_on(act: Act, consents: Sequence[UUID]) -> Sequence[OnwardReferral]:
    """What was shared on these consents and is not answered yet, held till the act ends."""
    found = select(OnwardReferral).where(
        col(OnwardReferral.consent_id).in_(consents), col(OnwardReferral.status).in_(UNANSWERED)
    )
    return (await act.session.exec(found.order_by(col(OnwardReferral.id)).with_for_update())).all()


async def unanswered_of(act: Act, case_id: UUID) -> Sequence[OnwardReferral]:
    """What a case asked and nobody has answered yet."""
    found = select(OnwardReferral).where(
        col(OnwardReferral.case_id) == case_id, col(OnwardReferral.status).in_(UNANSWERED)
    )
    return (await act.session.exec(found.order_by(col(OnwardReferral.id)))).all()
