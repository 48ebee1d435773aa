"""Reads for a summary: people by what their first and latest repeat say, each person once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.summaries.rules.snapshots import Person
from services.outcomes.summaries.rules.tables import First, Pair
from services.outcomes.summaries.tables import SummarySnapshot

# The band, or the answer of a question that has no score.
_BAND: Final = "coalesce({row}.band, {row}.given ->> 'answer')"
_LEVELS: Final = (
    "(select array_agg(level order by level) from jsonb_object_keys({row}.given -> 'counts') as level)"
)
_TIME_BITS: Final = 80
"""Of a UUIDv7 behind its milliseconds."""
_COMPARED: Final = "coalesce({row}.metric, {row}.score)"


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which measurements a summary is.

    places: ICCs and lines; None for every place.   org: who sent them, or is named in them; None for everybody.
    since, until: days of the measurement, both included.
    is_answer, has_levels: whether the instrument is a question with answers, or counts events by level.
    """

    instrument: str
    places: tuple[str, ...] | None = None
    org: str | None = None
    programme: str | None = None
    since: date | None = None
    until: date | None = None
    is_answer: bool = False
    has_levels: bool = False


async def firsts(session: AsyncSession, asked: Asked) -> list[First]:
    """People by the band of their latest first."""
    statement = f"select band, count(*) as n from ({_latest_firsts(asked)}) as latest group by band"  # noqa: S608 -- conditions of our code
    return [First(row.band, row.n) for row in await _rows(session, statement, asked)]


async def pairs(session: AsyncSession, asked: Asked) -> list[Pair]:
    """People by their latest repeat, beside the standing first of its episode."""
    columns = "first_band, band, has_first, comparable, change"
    statement = f"select {columns}, count(*) as n from ({_latest_pairs(asked)}) as pairs group by {columns}"  # noqa: S608 -- as above
    return [_pair(row, row.n) for row in await _rows(session, statement, asked)]


async def people_first(session: AsyncSession, asked: Asked) -> list[Person]:
    """Each person with the latest first."""
    rows = await _rows(session, _latest_firsts(asked), asked)
    return [Person(row.person, row.icc, (str(row.id),), First(row.band, 1)) for row in rows]


async def people_paired(session: AsyncSession, asked: Asked) -> list[Person]:
    """Each person with the latest repeat, and its first."""
    rows = await _rows(session, _latest_pairs(asked), asked)
    return [Person(row.person, row.icc, (str(row.id), str(row.first_id)), _pair(row, 1)) for row in rows]


def _pair(row: Any, n: int) -> Pair:
    return Pair(row.first_band, row.band, row.has_first, row.comparable, row.change, n)


def _latest_firsts(asked: Asked) -> str:
    band = _BAND.format(row="measurement") if asked.is_answer else "measurement.band"
    return f"""
        select distinct on (person) person, id, icc, {band} as band from measurement
         where {_narrowed(asked, "first")}
         order by person, taken_on desc, id desc
    """  # noqa: S608 -- names and conditions of our code


def _latest_pairs(asked: Asked) -> str:
    bands = [_BAND.format(row=row) if asked.is_answer else f"{row}.band" for row in ("first", "latest")]
    levels = (
        f"and {_LEVELS.format(row='first')} is not distinct from {_LEVELS.format(row='latest')}"
        if asked.has_levels
        else ""
    )
    given = ", given" if asked.is_answer or asked.has_levels else ""
    return f"""
        select latest.person, latest.id, latest.icc, first.id as first_id, {bands[0]} as first_band, {bands[1]} as band,
               first.id is not null as has_first,
               first.id is not null and first.edition is not distinct from latest.edition {levels} as comparable,
               {_COMPARED.format(row="latest")} - {_COMPARED.format(row="first")} as change
          from (select distinct on (person) person, id, icc, episode_id, band, metric, score, edition{given}
                  from measurement
                 where {_narrowed(asked, "repeat")}
                 order by person, taken_on desc, id desc) as latest
          left join measurement as first
                 on first.episode_id = latest.episode_id and first.instrument = :instrument
                and first.occasion = 'first' and first.superseded_by is null
    """  # noqa: S608 -- names and conditions of our code


async def follow_ups(session: AsyncSession, asked: Asked) -> int:
    """How many measurements are follow-ups, which are no repeats."""
    statement = f"select count(*) as n from measurement where {_narrowed(asked, 'follow-up')}"  # noqa: S608 -- as above
    (row,) = await _rows(session, statement, asked)
    found: int = row.n
    return found


def _narrowed(asked: Asked, occasion: str) -> str:
    """The condition over `measurement` in SQL."""
    conditions = [
        "measurement.instrument = :instrument",
        f"measurement.occasion = '{occasion}'",
        "measurement.superseded_by is null",
    ]
    if asked.org is not None:
        conditions.append("cast(:org as text) in (measurement.sent_by, measurement.practice)")
    if asked.places is not None:
        conditions.append("measurement.icc = any(:places)")
    if asked.programme is not None:
        conditions.append("measurement.programme = :programme")
    if asked.since is not None:
        conditions.append("measurement.taken_on >= :since")
    if asked.until is not None:
        conditions.append("measurement.taken_on <= :until")
    return " and ".join(conditions)


async def _rows(session: AsyncSession, statement: str, asked: Asked) -> Any:
    given = {
        "instrument": asked.instrument,
        "places": None if asked.places is None else list(asked.places),
        "org": asked.org,
        "programme": asked.programme,
        "since": asked.since,
        "until": asked.until,
    }
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    connection = await session.connection()
    # Right after a large batch the planner still takes the new rows for few, and would read all firsts for each repeat.
    await connection.execute(text("set local enable_nestloop = off"))
    return (await connection.execute(text(statement), used)).all()


async def newest_day(
    session: AsyncSession, instrument: str, *, places: Sequence[str], before: date
) -> date | None:
    """The newest day before a day on which anybody was measured."""
    statement = text(
        "select max(taken_on) from measurement where instrument = :instrument and superseded_by is null"
        " and icc = any(:places) and taken_on < :before"
    )
    given = {"instrument": instrument, "places": list(places), "before": before}
    found: date | None = (await (await session.connection()).execute(statement, given)).scalar_one()
    return found


async def snapshots_of(session: AsyncSession, instrument: str, quarter: date) -> Sequence[SummarySnapshot]:
    """What was taken of a quarter, at every place."""
    found = select(SummarySnapshot).where(
        col(SummarySnapshot.instrument) == instrument, col(SummarySnapshot.quarter) == quarter
    )
    return (await session.exec(found)).all()


async def measured_since(session: AsyncSession, instrument: str, moment: datetime) -> bool:
    """Whether anything was recorded by an instrument since an instant. Ids begin with their time, so few rows are read."""
    statement = text("select exists (select from measurement where id > :after and instrument = :instrument)")
    after = UUID(int=int(moment.timestamp() * 1000) << _TIME_BITS)
    given = {"after": after, "instrument": instrument}
    found: bool = (await (await session.connection()).execute(statement, given)).scalar_one()
    return found
