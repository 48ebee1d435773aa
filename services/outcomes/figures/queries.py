"""Reads of measurements as figures need them: as they stood when something was published, and as they stand in cells."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.figures.rules import COUNTED, EVENTS, MEASURES, Line, Share, Standing
from services.outcomes.measurements.tables import MEASURED_TOPIC

SOURCE: Final = "outcomes"

_EVENT_OF = (
    "select min(known_at) from fact_event where fact_event.subject = {id} and fact_event.topic = :topic"
)
# A correction may name another person, or another instrument: then both are told anew.
_TOUCHED = text(f"""
    with touched as (
        select distinct person, instrument from measurement
         where instrument = any(:instruments)
           and (id = any(:subjects)
                or id in (select supersedes from measurement where id = any(:subjects) and supersedes is not null)))
    select own.id, own.person, own.instrument, own.edition, own.occasion, own.taken_on, own.episode_id,
           coalesce(own.metric, own.score) as compared, own.band, own.age_band, own.counted_place, own.counted_month,
           case when own.instrument = :events then own.given -> 'counts' end as counts,
           ({_EVENT_OF.format(id="own.id")}) as known_at, ({_EVENT_OF.format(id="own.superseded_by")}) as gone_at
      from touched join measurement own on own.person = touched.person and own.instrument = touched.instrument
""")  # noqa: S608 -- names of our code
_IN_CELLS = text("""
    select standing.measure, standing.place, standing.month, standing.breakdown_key, standing.numerator,
           standing.denominator
      from unnest(cast(:measures as text[]), cast(:places as text[]), cast(:months as date[]), cast(:lines as text[]))
           as asked (measure, place, month, breakdown_key)
      join fact_cell standing using (measure, place, month, breakdown_key)
     where standing.source = :source and standing.replaced_at is null and standing.numerator is not null
""")
# Of a day: what was known by then, and not corrected by then.
_KNOWN = """
    known as (
        select own.* from measurement own
         where own.instrument = any(:instruments) and own.taken_on <= :day
           and exists (select from fact_event
                        where fact_event.subject = own.id and topic = :topic and known_at <= :known_at)
           and not exists (select from fact_event
                            where fact_event.subject = own.superseded_by and topic = :topic and known_at <= :known_at))
"""
_REASSESSED = text(f"""
    with {_KNOWN},
    firsts as (
        select distinct on (person, instrument) * from known
         where occasion = 'first'
           and taken_on > cast(:day as date) - interval '24 months' and taken_on <= cast(:day as date) - interval '12 months'
         order by person, instrument, taken_on desc, id desc)
    select counted_place as place, coalesce(age_band, 'unknown') as age, count(*) as among,
           count(*) filter (where exists (
               select from known repeat
                where repeat.episode_id = firsts.episode_id and repeat.occasion = 'repeat'
                  and repeat.edition is not distinct from firsts.edition
                  and repeat.taken_on <= firsts.taken_on + interval '12 months')) as counted
      from firsts group by 1, 2 order by 1, 2
""")  # noqa: S608 -- names of our code
# The target is the person's own: the one that was named last, be it with an earlier reading.
_AT_TARGET = text(f"""
    with {_KNOWN},
    latest as (
        select distinct on (person) * from known
         where taken_on > cast(:day as date) - interval '12 months' order by person, taken_on desc, id desc),
    targets as (
        select distinct on (person) person, target from known
         where target is not null order by person, taken_on desc, id desc)
    select counted_place as place, coalesce(age_band, 'unknown') as age, count(*) as among,
           count(*) filter (where score <= targets.target) as counted
      from latest left join targets on targets.person = latest.person group by 1, 2 order by 1, 2
""")  # noqa: S608 -- names of our code


@dataclass(frozen=True, slots=True)
class History:
    """A measurement with the time in which it stood. known_at: None before it was published.   gone_at: None where it stands."""

    person: str
    row: Standing
    known_at: datetime | None
    gone_at: datetime | None


async def touched_histories(session: AsyncSession, subjects: Sequence[UUID]) -> list[History]:
    """Every measurement of whom these measurements are, or were, about, by the same instruments."""
    given = {
        "subjects": list(subjects),
        "instruments": sorted(COUNTED),
        "events": EVENTS,
        "topic": MEASURED_TOPIC,
    }
    rows = (await (await session.connection()).execute(_TOUCHED, given)).all()
    return [History(row.person, _standing(row), row.known_at, row.gone_at) for row in rows]


def _standing(row: Any) -> Standing:
    return Standing(
        id=row.id,
        instrument=row.instrument,
        edition=row.edition,
        occasion=row.occasion,
        taken_on=row.taken_on,
        episode_id=row.episode_id,
        compared=row.compared,
        band=row.band,
        age=row.age_band,
        place=row.counted_place,
        month=row.counted_month,
        counts=row.counts or {},
    )


async def standing_shares(session: AsyncSession, lines: Iterable[Line]) -> dict[Line, Share]:
    """What stands in these cells."""
    asked: dict[str, list[Any]] = defaultdict(list)
    for line in sorted(lines):
        for name, value in zip(("measures", "places", "months", "lines"), line, strict=True):
            asked[name].append(value)
    if not asked:
        return {}
    rows = (await (await session.connection()).execute(_IN_CELLS, {**asked, "source": SOURCE})).all()
    return {
        Line(row.measure, row.place, row.month, row.breakdown_key): Share(row.numerator, row.denominator or 0)
        for row in rows
        if row.measure in MEASURES
    }


async def reassessed_on(session: AsyncSession, *, day: date, known_at: datetime) -> Sequence[Any]:
    """People first activated 12 to 24 months before a day, by place and age, and who of them was measured again in a year."""
    return await _of_day(session, _REASSESSED, ("pam13", "pam10"), day=day, known_at=known_at)


async def at_target_on(session: AsyncSession, *, day: date, known_at: datetime) -> Sequence[Any]:
    """People with a reading of HbA1c in the year before a day, by place and age, and whose latest is at or under their target."""
    return await _of_day(session, _AT_TARGET, ("hba1c",), day=day, known_at=known_at)


async def _of_day(
    session: AsyncSession, statement: Any, instruments: Sequence[str], *, day: date, known_at: datetime
) -> Sequence[Any]:
    given = {"instruments": list(instruments), "topic": MEASURED_TOPIC, "day": day, "known_at": known_at}
    return (await (await session.connection()).execute(statement, given)).all()
