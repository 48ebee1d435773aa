"""Another engine over Parquet of the same facts: a thousand questions of chance, and the sums of an answer's own file."""

import random
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import duckdb
import orjson
import polars as pl
import pytest

from services.trajectories.measures.catalogue import load_catalogue
from shared.months import Month, month_range
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.asking import ask, get

ADMISSIONS, STAY, ASSESSED = "non-elective-admissions", "emergency-length-of-stay", "reablement-assessments"
FIRST, LAST = Month(2019, 4), Month(2021, 3)
KNOWN = [datetime(2021, 5, 1, 9, 0, tzinfo=UTC) + timedelta(days=30 * wave) for wave in range(3)]
QUESTIONS = 1000
# A value of a breakdown counts in the months of a place of which something of the total came.
_POINTS = """
    with known as (
        select * from facts
         where measure = $measure and known_at <= $as_at and (replaced_at is null or replaced_at > $as_at)
           and numerator is not null
    ), cells as (
        select *, case when $breakdown is null then '' else breakdown_key end as value from known
         where starts_with(breakdown_key, coalesce($breakdown, $total) || '=')
    ), came as (
        select distinct belongs.place, belongs.month
          from belongs join known on known.place = belongs.code and known.month = belongs.month
         where starts_with(breakdown_key, $total || '=')
    ), points as (
        select place, month, unnest(range(month - to_months($months - 1), month + interval 1 day, interval 1 month)) as part
          from (select unnest($places) as place) cross join (select unnest($starts::date[]) as month)
    )
    select points.place, value, strftime(points.month, '%Y-%m'), sum(numerator), sum(denominator)
      from points join came on came.place = points.place and came.month = points.part
      join belongs on belongs.place = points.place and belongs.month = points.part
      join cells on cells.place = belongs.code and cells.month = points.part
     group by all
"""


class Version(NamedTuple):
    """One version of a cell."""

    measure: str
    month: Month
    place: str
    breakdown: str
    numerator: int | None
    denominator: int | None
    known_at: datetime
    replaced_at: datetime | None


def versions(chance: random.Random, practices: list[str], communities: list[str]) -> Iterator[Version]:
    """Cells of three measures that arrive, are restated and withdrawn; some never arrive."""
    declared = load_catalogue()
    plan = [
        (key, practices, name) for key in (ADMISSIONS, STAY) for name in ("age", "sex")
    ] + [(ASSESSED, communities, "route")]  # fmt: skip
    for key, places, name in plan:
        measure = declared.get(key)
        assert measure is not None
        for place in places:
            for month in month_range(FIRST - 11, LAST):
                for value in measure.dimensions[name]:
                    yield from history(chance, key, month, place, f"{name}={value}")


def history(chance: random.Random, key: str, month: Month, place: str, breakdown: str) -> Iterator[Version]:
    waves = [at for at in KNOWN if chance.random() < 0.6]
    for at, until in zip(waves, [*waves[1:], None], strict=False):
        withdrawn = chance.random() < 0.05
        denominator = chance.randrange(1, 60) if key == STAY else None
        yield Version(
            key,
            month,
            place,
            breakdown,
            None if withdrawn else chance.randrange(90),
            None if withdrawn else denominator,
            at,
            until,
        )


async def store(service: Running, found: list[Version]) -> None:
    connection = await asyncpg.connect(service.database_url)
    try:
        epoch = uuid.uuid4()
        await connection.execute(
            "insert into fact_subscription (author, serving) values ('outcomes', $1)", epoch
        )
        names = "author epoch seq measure month place breakdowns breakdown_key source numerator denominator"
        await connection.copy_records_to_table(
            "fact",
            columns=[*names.split(), "known_at", "replaced_at", "provenance"],
            records=[
                (
                    *("outcomes", epoch, seq, one.measure, one.month.first_day, one.place),
                    orjson.dumps(dict([one.breakdown.split("=")])).decode(),
                    *(one.breakdown, "cumbria", one.numerator, one.denominator),
                    *(one.known_at, one.replaced_at, "{}"),
                )
                for seq, one in enumerate(found, start=1)
            ],
        )
        await connection.execute(
            """insert into read_version (id) values (1)
               on conflict (id) do update set version = read_version.version + 1"""
        )
    finally:
        await connection.close()
    await service.app.state.reporting.version.ask()


@pytest.fixture(scope="module")
async def known(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The service with chance's facts of two dozen practices and all communities."""
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path_factory.mktemp("data")) as service,
    ):
        registry = service.platform.registry
        chance = random.Random(20210501)
        communities = [one.slug for one in registry.file.communities if one.level == "icc"]
        open_ones = [
            code
            for slug in communities
            for code in sorted(registry.practices_of(slug, LAST.first_day))[:2]
            if registry.icc_of_practice(code, (FIRST - 11).first_day) in communities
        ]
        await store(service, [*versions(chance, open_ones, communities)])
        yield service


async def engine_of(service: Running, folder: Path, places: list[str]) -> duckdb.DuckDBPyConnection:
    """DuckDB over the Parquet of all facts, with who belongs where in which month."""
    rows = await service.rows(
        "select measure, month, place, breakdown_key, numerator, denominator, known_at, replaced_at from fact"
    )
    types: dict[str, Any] = {"month": pl.Date, "numerator": pl.Int64, "denominator": pl.Int64}
    times = dict.fromkeys(("known_at", "replaced_at"), pl.Datetime("us", "UTC"))
    texts = dict.fromkeys(("measure", "place", "breakdown_key"), pl.String)
    pl.DataFrame([dict(row) for row in rows], schema=texts | types | times).write_parquet(
        folder / "facts.parquet"
    )
    engine = duckdb.connect()
    engine.execute("set timezone = 'UTC'")
    engine.read_parquet(str(folder / "facts.parquet")).create_view("facts")
    engine.execute("create table belongs (place text, month date, code text)")
    registry = service.platform.registry
    codes = {row["place"] for row in rows}
    for month in month_range(FIRST - 11, LAST):
        on = month.first_day
        homes = {
            code: code if registry.community(code) else registry.icc_of_practice(code, on) for code in codes
        }
        for place in places:
            members = registry.members(place, on) if registry.community(place) else frozenset()
            inside = [(place, on, code) for code in codes if code == place or homes[code] in members]
            if inside:
                engine.executemany("insert into belongs values (?, ?, ?)", inside)
    return engine


LARGER = [
    "kendal",
    "barrow",
    "east",
    "bay-icc",
    "barrow-and-millom",
    "south-cumbria",
    "lancashire",
    "morecambe-bay",
]


class Batch(NamedTuple):
    """Questions that one call asks: each measure at each place. ends: the last month of each window.   length: its months."""

    measures: list[str]
    places: list[str]
    grain: str
    breakdown: str | None
    as_at: datetime | None
    ends: list[Month]
    length: int

    def asked(self) -> dict[str, Any]:
        first = self.ends[0] - (0 if self.grain == "rolling12" else self.length - 1)
        return {
            "measure": ",".join(self.measures),
            "community": ",".join(self.places),
            "from": str(first),
            "to": str(self.ends[-1]),
            "grain": self.grain,
            "breakdown": self.breakdown,
            "as_at": None if self.as_at is None else self.as_at.isoformat(),
        }

    def questions(self) -> set[tuple[object, ...]]:
        """Measure, place, window, grain, breakdown and as-at of each."""
        window = self.ends[0], self.ends[-1], self.grain, self.breakdown, self.as_at
        return {(measure, place, *window) for measure in self.measures for place in self.places}


def a_batch(chance: random.Random, places: list[str]) -> Batch:
    breakdown = chance.choice([None, "route", "age", "sex"])
    measures = {None: [ADMISSIONS, STAY, ASSESSED], "route": [ASSESSED]}.get(breakdown, [ADMISSIONS, STAY])
    grain = chance.choice(["month", "quarter", "year", "rolling12"])
    length, step = {"month": (1, 1), "quarter": (3, 3), "year": (12, 12), "rolling12": (12, 1)}[grain]
    every = [FIRST + at for at in range(step - 1, LAST - FIRST + 1, step)]
    first, last = sorted(chance.choices(range(len(every)), k=2))
    instants = [at + timedelta(days=days) for at in KNOWN for days in (-1, 0, 3)]
    return Batch(
        measures,
        chance.sample(places, min(len(places), 8)),
        grain,
        breakdown,
        chance.choice([None, *instants]),
        every[first : last + 1],
        length,
    )


Sums = dict[tuple[str, str, str, str], tuple[int | None, int | None]]


def summed(engine: duckdb.DuckDBPyConnection, batch: Batch) -> Sums:
    """Numerator and denominator by measure, place, value of the breakdown and window, where there is any."""
    found: Sums = {}
    for measure in batch.measures:
        given = {
            "measure": measure,
            "as_at": batch.as_at or KNOWN[-1],
            "breakdown": batch.breakdown,
            "total": "route" if measure == ASSESSED else "age",
            "months": batch.length,
            "places": batch.places,
            "starts": [month.first_day for month in batch.ends],
        }
        found |= {(measure, *row[:3]): row[3:] for row in engine.execute(_POINTS, given).fetchall()}
    return found


async def test_another_engine_adds_up_the_same_facts_to_the_same_answers(
    known: Running, tmp_path: Path
) -> None:
    """A thousand questions of chance: measure, place, window, grain, breakdown, as-at."""
    chance = random.Random(7)
    filed = await known.rows("select distinct place from fact where measure = $1", ADMISSIONS)
    places = [*LARGER, *sorted(row["place"] for row in filed)[:8]]
    asked: set[tuple[object, ...]] = set()
    points, valued, differing = 0, 0, []
    with await engine_of(known, tmp_path, places) as engine:
        while len(asked) < QUESTIONS:
            batch = a_batch(chance, places)
            asked |= batch.questions()
            sums = summed(engine, batch)
            for series in (await ask(known, **batch.asked()))["series"]:
                measure = series.get("measure", batch.measures[0])
                value = series["breakdown"] and "=".join(*series["breakdown"].items())
                assert len(series["points"]) == len(batch.ends)
                for end, point in zip(batch.ends, series["points"], strict=True):
                    key = measure, series["community"], value or "", str(end)
                    expected = counted(measure, *sums.pop(key, (None, None)))
                    points += 1
                    valued += expected[0] is not None
                    shown = point["value"], point["numerator"], point["denominator"]
                    differing += [] if shown == expected else [(batch, key, shown, expected)]
            assert sums == {}  # nothing is left that the other engine has and the answer has not
    assert differing == []
    assert valued > points / 2


def counted(
    measure: str, numerator: int | None, denominator: int | None
) -> tuple[float | None, int | None, int | None]:
    """The value with the counts that it is made of."""
    if measure != STAY:
        return numerator, numerator, None
    return (
        float(numerator) / float(denominator) if numerator is not None and denominator else None,
        numerator,
        denominator,
    )


async def test_parquet_of_an_answer_adds_up_in_another_engine(known: Running, tmp_path: Path) -> None:
    """Quarters of communities are the sums of the months of their file."""
    asked: dict[str, Any] = {"measure": ASSESSED, "from": "2019-04", "to": "2021-03", "level": "icc"}
    answer = await get(known, **asked, format="parquet")
    (tmp_path / "months.parquet").write_bytes(answer.content)
    sql = """select community, year || '-' || quarter, sum(numerator)::bigint from (
        select *, year(month::date - interval 3 month) as year, quarter(month::date - interval 3 month) as quarter
          from (select * replace (month || '-01' as month) from read_parquet(?))) group by all"""
    read = duckdb.connect().execute(sql, [str(tmp_path / "months.parquet")])
    sums = {row[:2]: row[2] for row in read.fetchall()}
    body = await ask(known, **asked, grain="quarter")
    shown = {
        (series["community"], f"{point['period'][:4]}-{point['period'][-1]}"): point["value"]
        for series in body["series"]
        for point in series["points"]
    }
    assert len(shown) > 50
    assert shown == sums
