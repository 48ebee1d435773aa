"""Topics whose facts change with the date alone: overdue items, plans that expire, lists as they are at a month's end.

A day event derives them once each day, so no figure depends on the moment of a question. A month keeps the value of its
last day, and a rebuild replays the days. On the first day of a system, which began with nothing, the event is repeated
while facts come in: otherwise its lists would show nothing before the next morning.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.facts.cells import Cell, breakdown_key
from shared.facts.publishing import Topic
from shared.ids import new_id
from shared.months import LONDON, Month, london_day
from shared.work.nudges import note_nudge

# Five minutes past, so that a clock which is a little behind still calls it the same day.
DAY_BEGINS = time(0, 5)

# The table's key lets one of several workers record a day.
_RECORD = text("""
    with first as (
        insert into fact_day (topic, day, subject)
        select topic, :day, subject from unnest(cast(:topics as text[]), cast(:subjects as uuid[])) as new (topic, subject)
        on conflict do nothing returning topic, subject)
    insert into fact_event (topic, subject) select topic, subject from first returning topic
""")
# What an author began with is no day's figure yet. The subject that was read lets one of several workers replace it.
_REPEAT = text("""
    with taken as (
        select today.topic, today.subject
          from fact_day as today
          join fact_event as event on event.subject = today.subject and event.topic = today.topic
         where today.day = :day and today.topic = any(:topics)
           and event.known_at < clock_timestamp() - cast(:every as interval)
           and not exists (select from fact_day as before where before.day < today.day)
           and exists (select from fact_event as later
                        where later.known_at > event.known_at and later.topic <> all(:topics))),
    again as (
        update fact_day set subject = new.subject
          from unnest(cast(:topics as text[]), cast(:subjects as uuid[])) as new (topic, subject)
          join taken on taken.topic = new.topic
         where fact_day.topic = new.topic and fact_day.day = :day and fact_day.subject = taken.subject
        returning fact_day.topic, fact_day.subject)
    insert into fact_event (topic, subject) select topic, subject from again returning topic
""")
FIRST_DAY_EVERY = timedelta(minutes=2)
"""So often at most a system's first day is taken again."""
_STANDING = text("""
    select measure, place, month, breakdowns, breakdown_key
      from fact_cell
     where measure = any(:measures) and source = :source and month = any(:months)
       and replaced_at is null and numerator is not null
""")

DeriveDay = Callable[..., Awaitable[list[Cell]]]


def of_its_month(measure: str, day: date) -> Sequence[Month]:  # noqa: ARG001 -- the same for every measure
    """The months of which a day event says everything: its own."""
    return (Month.of(day),)


def by_day(
    name: str,
    derive: DeriveDay,
    *,
    measures: Sequence[str],
    source: str,
    made_anew: Callable[[str, date], Sequence[Month]] = of_its_month,
) -> Topic:
    """A topic that is derived once a day.

    derive: `derive(session, *, day, known_at)` gives every cell of these measures for the month of a London day, as it is
    on that day, from rows whose own event has `known_at` at or before the one given.
    made_anew: the months of which it gives every cell of a measure on a day.   A cell that stood in one of these, or in another
    month of which the measure's cells are given, and is not given any more, is withdrawn.
    """

    async def derive_event(
        session: AsyncSession,
        *,
        subjects: Sequence[UUID],  # noqa: ARG001 -- a day's subject is the day, which `known_at` says
        known_at: datetime,
    ) -> list[Cell]:
        day = london_day(known_at)
        cells = await derive(session, day=day, known_at=known_at)
        told = {(one, month) for one in measures for month in made_anew(one, day)}
        told |= {(cell.measure, cell.month) for cell in cells}
        return [*cells, *await _gone(session, cells, told=told, source=source)]

    return Topic(name, derive_event, daily=True)


async def record_days(session: AsyncSession, topics: Sequence[Topic], *, now: datetime) -> int:
    """Record today's event of every daily topic that has none yet. Returns how many it recorded.

    A day that nobody was awake for is not made up: nothing was asked of it. The first day of all is recorded again after facts.
    """
    names = [topic.name for topic in topics if topic.daily]
    day = day_begun(now)
    if not names or day is None:
        return 0
    given = {"topics": names, "subjects": [new_id() for _ in names], "day": day}
    connection = await session.connection()
    recorded = (await connection.execute(_RECORD, given)).all()
    if not recorded:
        recorded = (await connection.execute(_REPEAT, {**given, "every": FIRST_DAY_EVERY})).all()
    if recorded:
        note_nudge(session, "facts")
    return len(recorded)


def day_begun(now: datetime) -> date | None:
    """The London day whose event is due at an aware instant; None in the first minutes of a day."""
    local = now.astimezone(LONDON)
    return local.date() if local.time() >= DAY_BEGINS else None


async def _gone(
    session: AsyncSession, cells: Sequence[Cell], *, told: Collection[tuple[str, Month]], source: str
) -> list[Cell]:
    """Withdrawals of what stands and is not among the cells. told: of which measures and months the cells say everything."""
    given = {
        "measures": sorted({measure for measure, _ in told}),
        "source": source,
        "months": sorted({month.first_day for _, month in told}),
    }
    standing = (await (await session.connection()).execute(_STANDING, given)).all()
    kept = {(cell.measure, cell.month, cell.place, breakdown_key(cell.breakdowns)) for cell in cells}
    return [
        Cell(
            measure=row.measure,
            month=month,
            place=row.place,
            source=source,
            numerator=None,
            breakdowns=tuple(row.breakdowns.items()),
        )
        for row in standing
        if (row.measure, month := Month.of(row.month)) in told
        and (row.measure, month, row.place, row.breakdown_key) not in kept
    ]
