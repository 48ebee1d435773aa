"""Reads for repeat measures: whom to ask about, what stands on lists, and whether outcomes answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.cases.rules import DEATH
from services.referrals.records.states import ItemStage
from services.referrals.records.tables import Referral, WorklistItem
from services.referrals.repeat_measures.tables import MeasureSource
from shared.db.engine import Connection

STAGE: Final[ItemStage] = "repeat-measure"
ASKED_AGAIN: Final = timedelta(hours=1)
"""So soon what stands on a list is asked about again: it leaves the list on the day on which the measure was repeated."""

# A person with several open cases is measured once: the newest of them has the item. Who died is measured no more.
_TO_ASK: Final = f"""
    select open.id as case_id, referral.id as referral_id, referral.pathway, referral.nhs_number,
           referral.identity = 'nhs-number' and referral.nhs_number is not null and referral.stage is not null and not exists (
               select from referral as same join case_record as other on other.referral_id = same.id
                where same.nhs_number_index = referral.nhs_number_index
                  and (other.outcome = '{DEATH}' or (other.status = 'open' and other.id > open.id))) as wanted,
           exists (select from worklist_item as item where item.referral_id = referral.id and item.stage = '{STAGE}'
                      and item.done_at is null) as standing
      from case_record as open
      join referral on referral.id = open.referral_id
      left join measure_check as checked on checked.case_id = open.id
     where open.status = 'open' and (
           checked.asked_at is null or checked.asked_at < $1::timestamptz or (
               checked.asked_at < $2::timestamptz and exists (
                   select from worklist_item as item
                    where item.referral_id = referral.id and item.stage = '{STAGE}' and item.done_at is null)))
     order by checked.asked_at nulls first, open.id limit $3
"""  # noqa: S608 -- names of our code


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open case that is to be asked about.

    wanted: whether its person is measured again by this case.   standing: whether its list holds a measure that is due.
    nhs_number: encrypted.
    """

    case_id: UUID
    referral_id: UUID
    pathway: str
    nhs_number: bytes | None
    wanted: bool
    standing: bool


async def cases_to_ask(
    connection: Connection, *, day_begins: datetime, now: datetime, most: int
) -> Sequence[Candidate]:
    """Open cases that nobody asked about since the day began, or lately where something stands on the list."""
    rows = await connection.fetch(_TO_ASK, day_begins, now - ASKED_AGAIN, most)
    return [Candidate(**row) for row in rows]


async def referrals_held(session: AsyncSession, referrals: Collection[UUID]) -> Sequence[Referral]:
    """These referrals as far as their cases are open, held till the transaction ends."""
    open_now = text("exists (select from case_record where referral_id = referral.id and status = 'open')")
    found = select(Referral).where(col(Referral.id).in_(referrals), open_now)
    return (await session.exec(found.order_by(col(Referral.id)).with_for_update())).all()


async def items_standing(session: AsyncSession, referrals: Collection[UUID]) -> Sequence[WorklistItem]:
    """The measures that stand on the lists of these referrals as due."""
    found = select(WorklistItem).where(
        col(WorklistItem.referral_id).in_(referrals),
        col(WorklistItem.stage) == STAGE,
        col(WorklistItem.done_at).is_(None),
    )
    return (await session.exec(found.order_by(col(WorklistItem.id)))).all()


async def source_of(session: AsyncSession) -> MeasureSource:
    """How outcomes answers, held till the transaction ends; a new row before the first answer."""
    held = select(MeasureSource).where(col(MeasureSource.id) == 1).with_for_update()
    found = (await session.exec(held)).first()
    if found is None:
        found = MeasureSource(id=1)
        session.add(found)
    return found
