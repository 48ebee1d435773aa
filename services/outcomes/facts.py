"""What outcomes publishes: the measures that feeds declare, from the figures that stood at each moment, and surveys of teams.

An event's subject is an accepted submission. Its cells are those of every month it covers, from whichever submission
stands for each table by then: the one received last among those known. What an earlier one gave and the standing one
does not is withdrawn.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.feeds.declarations import Feed, shipped_feeds
from services.outcomes.figures.cells import (
    DAY_MEASURES,
    DAY_TOPIC,
    derive_day_cells,
    derive_measurement_cells,
)
from services.outcomes.figures.queries import SOURCE
from services.outcomes.measurements.tables import MEASURED_TOPIC
from services.outcomes.submissions.tables import FEED_TOPIC
from services.outcomes.surveys.figures import derive_survey_cells
from services.outcomes.surveys.tables import SURVEYED_TOPIC
from shared.facts.cells import Cell
from shared.facts.days import by_day
from shared.facts.publishing import Topic
from shared.months import Month

_HISTORY = text("""
    with touched as (
        select distinct feed, council, month from feed_coverage where submission_id = any(:subjects))
    select c.feed, c.council, c.month, c.table_key, c.submission_id, s.received_at, f.place, f.category, f.count
      from touched t
      join feed_coverage c on c.feed = t.feed and c.council = t.council and c.month = t.month
      join feed_submission s on s.id = c.submission_id
      left join feed_figure f
        on f.submission_id = c.submission_id and f.table_key = c.table_key and f.month = c.month
     where exists (select from fact_event e where e.subject = c.submission_id and e.topic = :topic and e.known_at <= :known_at)
     order by s.received_at, s.id
""")

Counts = Mapping[tuple[str, str], int | None]
"""One table in one month: (place, category) → count, None where the cell was blank."""

_Place = tuple[str, str, date]


@dataclass(slots=True)
class _Sending:
    """What one submission gave for one table in one month."""

    submission: UUID
    received_at: datetime
    counts: dict[tuple[str, str], int | None]


@dataclass(frozen=True, slots=True)
class MeasureCell:
    """One cell of a measure in the month. table: the table whose submission it is told to come from."""

    measure: str
    table: str
    place: str
    breakdowns: tuple[tuple[str, str], ...]
    count: int

    @property
    def key(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What makes it the same cell in another submission."""
        return self.measure, self.place, self.breakdowns


async def derive_feed_cells(
    session: AsyncSession, *, subjects: Sequence[UUID], known_at: datetime
) -> list[Cell]:
    """The cells of every month these submissions cover, as they stood when `known_at` had been published."""
    given = {"subjects": list(subjects), "topic": FEED_TOPIC, "known_at": known_at}
    rows = (await (await session.connection()).execute(_HISTORY, given)).mappings()
    history: dict[_Place, dict[str, list[_Sending]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        _take(history[row["feed"], row["council"], row["month"]][row["table_key"]], row)
    return [cell for place, tables in history.items() for cell in _cells(place, tables)]


def _take(sendings: list[_Sending], row: Mapping[Any, Any]) -> None:
    if not sendings or sendings[-1].submission != row["submission_id"]:
        sendings.append(_Sending(row["submission_id"], row["received_at"], {}))
    if row["place"] is not None:
        sendings[-1].counts[row["place"], row["category"]] = row["count"]


def _cells(place: _Place, tables: Mapping[str, Sequence[_Sending]]) -> Iterator[Cell]:
    feed_key, council, day = place
    feed = shipped_feeds()[feed_key]
    standing = {key: sendings[-1] for key, sendings in tables.items()}
    given = {
        cell.key: cell for cell in measure_cells(feed, {key: one.counts for key, one in standing.items()})
    }
    for cell in given.values():
        yield _cell(cell, standing[cell.table], council, day, feed=feed, numerator=cell.count)
    for cell in _earlier(feed, tables):
        if cell.key not in given:
            yield _cell(cell, standing[cell.table], council, day, feed=feed, numerator=None)


def _earlier(feed: Feed, tables: Mapping[str, Sequence[_Sending]]) -> Iterator[MeasureCell]:
    """Every cell that some earlier state of the month can have given: a superset, for withdrawing one twice is nothing.

    A cell's key depends on which places and categories had a count; so all that ever had one are taken together.
    """
    ever: dict[str, dict[tuple[str, str], int | None]] = {}
    for key, sendings in tables.items():
        counts = ever.setdefault(key, {})
        for sending in sendings:
            counts.update({place: 1 for place, count in sending.counts.items() if count is not None})
    return measure_cells(feed, ever)


def measure_cells(feed: Feed, tables: Mapping[str, Counts]) -> Iterator[MeasureCell]:
    """Every cell that a month of the feed's tables gives. tables: those that stand for the month, by key.

    A blank gives no cell. A total or a rate is never one: who shows them derives them from these.
    """
    for measure in feed.measures:
        for (place, category), count in tables.get(measure.table, {}).items():
            if count is None:
                continue
            if measure.breakdown is not None:
                yield MeasureCell(measure.key, measure.table, place, ((measure.breakdown, category),), count)
            elif category == measure.category:
                yield MeasureCell(measure.key, measure.table, place, (), count)


def _cell(
    cell: MeasureCell, sending: _Sending, council: str, day: date, *, feed: Feed, numerator: int | None
) -> Cell:
    return Cell(
        measure=cell.measure,
        month=Month.of(day),
        place=cell.place,
        breakdowns=cell.breakdowns,
        source=council,
        numerator=numerator,
        denominator=None,
        provenance={
            "source": "outcomes",
            "feed": feed.feed,
            "council": council,
            "submission": str(sending.submission),
            "received_at": sending.received_at.isoformat().replace("+00:00", "Z"),
        },
    )


TOPICS: Final = (
    Topic(FEED_TOPIC, derive_feed_cells),
    Topic(MEASURED_TOPIC, derive_measurement_cells),
    Topic(SURVEYED_TOPIC, derive_survey_cells),
    by_day(DAY_TOPIC, derive_day_cells, measures=DAY_MEASURES, source=SOURCE),
)
