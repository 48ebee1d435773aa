"""The commonest topic: rows of a table, counted where and when each belongs.

The table has `counted_place` and `counted_month`; each row is the subject of an event of the topic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.facts.cells import Cell
from shared.facts.publishing import Topic
from shared.months import Month


@dataclass(frozen=True, slots=True)
class Tally:
    """One measure of a table's rows.

    of: SQL over `own`, which rows are counted; all without it.   among: SQL, which rows are the denominator of a rate.
    """

    measure: str
    of: str = "true"
    among: str | None = None


def counted(topic: str, *tallies: Tally, table: type[SQLModel], source: str) -> Topic:
    """Counts rows again, never adds to a count: the same call at any later time gives the same figures.

    Only rows whose own event was known by then are counted. A rate among no rows is withdrawn.
    """
    name = table.__tablename__
    counts = ", ".join(
        f"count(distinct own.id) filter (where {tally.of}) as numerator_{number},"
        f" count(distinct own.id) filter (where {tally.among or 'true'}) as denominator_{number}"
        for number, tally in enumerate(tallies)
    )
    statement = text(f"""
        with touched as (
            select distinct counted_place as place, counted_month as month from {name} where id = any(:subjects))
        select touched.place, touched.month, {counts}
          from touched
          join {name} own on own.counted_place = touched.place and own.counted_month = touched.month
          join fact_event on fact_event.subject = own.id and fact_event.topic = :topic
         where fact_event.known_at <= :known_at
         group by touched.place, touched.month
         order by touched.place, touched.month
    """)  # noqa: S608 -- names and conditions of our code

    async def derive(session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime) -> list[Cell]:
        given = {"subjects": list(subjects), "topic": topic, "known_at": known_at}
        rows = (await (await session.connection()).execute(statement, given)).mappings()
        return [
            _cell(tally, dict(row), number=number, source=source)
            for row in rows
            for number, tally in enumerate(tallies)
        ]

    return Topic(topic, derive)


def _cell(tally: Tally, row: dict[str, object], *, number: int, source: str) -> Cell:
    numerator, denominator = row[f"numerator_{number}"], row[f"denominator_{number}"]
    rate = tally.among is not None
    return Cell(
        measure=tally.measure,
        month=Month.of(row["month"]),  # type: ignore[arg-type]  # a date, by the statement
        place=str(row["place"]),
        source=source,
        numerator=None if rate and not denominator else int(str(numerator)),
        denominator=int(str(denominator)) if rate and denominator else None,
        provenance={"source": source},
    )
