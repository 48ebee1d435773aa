"""The facts this service is the author of: how many referrals were received, by practice or community and month."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.intake.statement import RECEIVED_TOPIC
from shared.facts import Cell, Topic
from shared.months import Month

SOURCE = "referrals"
MEASURE = "referrals-received"

# A cell is counted again from its rows, never added to: the same call at any later time gives the same figure,
# because only rows whose own event was known by then are counted.
_RECEIVED = text("""
    with touched as (
        select distinct counted_place as place, counted_month as month from referral where id = any(:subjects))
    select touched.place, touched.month, count(distinct referral.id) as received
      from touched
      join referral on referral.counted_place = touched.place and referral.counted_month = touched.month
      join fact_event on fact_event.subject = referral.id and fact_event.topic = :topic
     where fact_event.known_at <= :known_at
     group by touched.place, touched.month
     order by touched.place, touched.month
""")


async def received(session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime) -> list[Cell]:
    """Referrals received at each place and month that these referrals belong to, as known at an instant.

    A referral counts in the month of its `referred_at` in Europe/London, at the registered practice where that is one
    of the Bay's, else at the community it went to, else on a line. Unit: referrals. Source: measures catalogue.
    """
    connection = await session.connection()
    given = {"subjects": list(subjects), "topic": RECEIVED_TOPIC, "known_at": known_at}
    rows = (await connection.execute(_RECEIVED, given)).all()
    return [_cell(row.place, row.month, row.received) for row in rows]


def _cell(place: str, month: date, count: int) -> Cell:
    provenance: dict[str, Any] = {"source": SOURCE}
    return Cell(
        measure=MEASURE,
        month=Month.of(month),
        place=place,
        source=SOURCE,
        numerator=count,
        provenance=provenance,
    )


TOPICS = (Topic(RECEIVED_TOPIC, received),)
