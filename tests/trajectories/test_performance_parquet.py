"""Parquet beside the other formats: the same figures, typed, written in a process apart; and another engine's own sums."""

import asyncio
import csv
import io
import random
import sys
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
from services.trajectories.performance.parquet import MODULE, told_of
from services.trajectories.performance.renderings import COLUMNS
from shared.months import Month, month_range
from shared.problems import Unavailable
from shared.service.makers import Maker
from shared.spreadsheets import PARQUET
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.asking import ASSESSMENTS, ask, get

ADMISSIONS, STAY, ASSESSED = "non-elective-admissions", "emergency-length-of-stay", "reablement-assessments"
FIRST, LAST = Month(2019, 4), Month(2021, 3)
KNOWN = [datetime(2021, 5, 1, 9, 0, tzinfo=UTC) + timedelta(days=30 * wave) for wave in range(3)]
QUESTIONS = 1000
_POINTS = """
    with cells as (
        select * from facts
         where measure = $measure and known_at <= $as_at and (replaced_at is null or replaced_at > $as_at)
           and (case when $value is null then starts_with(breakdown_key, $total || '=') else breakdown_key = $value end)
    ), points as (
        select place, month, unnest(range(month - to_months($months - 1), month + interval 1 day, interval 1 month)) as part
          from (select unnest($places) as place) cross join (select unnest($starts::date[]) as month)
    )
    select points.place, strftime(points.month, '%Y-%m'), sum(numerator), sum(denominator)
      from points left join belongs on belongs.place = points.place and belongs.month = points.part
      left join cells on cells.place = belongs.code and cells.month = points.part
     group by all
"""


async def parquet(service: Running, role: str = "analyst", **asked: Any) -> pl.DataFrame:
    answer = await get(service, role, **asked, format="parquet")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == PARQUET
    return pl.read_parquet(io.BytesIO(answer.content))


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
@pytest.mark.parametrize("breakdown", [None, "route"])
async def test_parquet_shows_what_csv_shows(quarter: Running, role: str, breakdown: str | None) -> None:
    asked: dict[str, Any] = {"community": "kendal,millom,south-cumbria", "breakdown": breakdown}
    asked["grain"] = "quarter" if breakdown else "month"
    frame = await parquet(quarter, role, **asked, include="target,trajectory", compare="previous-year")
    text = (
        await get(quarter, role, **asked, include="target,trajectory", compare="previous-year", format="csv")
    ).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert frame.columns == list(COLUMNS)
    assert len(rows) == frame.height > 0
    for row, shown in zip(rows, frame.iter_rows(named=True), strict=True):
        for name in ("community", "community_name", "month", "status", "unit", "measure"):
            assert row[name] == shown[name]
        assert (row["suppressed"] == "true") is shown["suppressed"]
        for name in ("value", "numerator", "denominator", "previous_year"):
            assert (None if row[name] in {"", "*"} else float(row[name])) == shown[name]


async def test_each_column_has_one_type_and_the_file_says_what_it_is(quarter: Running) -> None:
    answer = await get(quarter, "dashboard", community="kendal", format="parquet")
    frame = pl.read_parquet(io.BytesIO(answer.content))
    types = [str(frame[name].dtype) for name in ("value", "numerator", "suppressed", "as_at", "month")]
    assert types == ["Float64", "Int64", "Boolean", "Datetime(time_unit='us', time_zone='UTC')", "String"]
    told = pl.read_parquet_metadata(io.BytesIO(answer.content))
    assert "1 to 7 hidden" in told["Protection"]
    assert "small numbers are protected" in told["Note"].lower()
    assert answer.headers["content-disposition"].endswith('2020-03.parquet"')


async def test_an_answer_without_any_row_has_its_columns(quarter: Running) -> None:
    maker: Maker = quarter.app.state.reporting.maker
    frame = pl.read_parquet(io.BytesIO(await maker.make(MODULE, told_of(COLUMNS, [], []))))
    assert (frame.height, frame.columns) == (0, list(COLUMNS))


async def test_equal_answers_have_equal_bytes_and_one_tag(quarter: Running) -> None:
    first = await get(quarter, community="kendal", format="parquet")
    quarter.app.state.reporting.kept.clear()
    headers = {
        **quarter.token("analyst", communities=("*",)),
        "Accept": PARQUET,
        "If-None-Match": first.headers["etag"],
    }
    asked = {**ASSESSMENTS, "community": "kendal"}
    again = await quarter.client.get("/v1/performance", params=asked, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


async def test_the_matrix_has_no_parquet_and_gives_what_else_is_taken(quarter: Running) -> None:
    headers = quarter.token("analyst", communities=("*",))
    path = "/v1/performance/matrix?reference=2020-03&measures=reablement-assessments"
    given = await quarter.client.get(path, headers=headers | {"Accept": f"{PARQUET}, */*;q=0.1"})
    assert given.headers["content-type"] == "application/json"
    refused = await quarter.client.get(path, headers=headers | {"Accept": PARQUET})
    assert (refused.status_code, refused.json()["code"]) == (406, "accept")


async def test_a_writer_that_takes_too_long_is_killed_and_answered_503() -> None:
    hurried = Maker(asyncio.Semaphore(1), wall_seconds=0.001)
    with pytest.raises(Unavailable):
        await hurried.make(MODULE, told_of(COLUMNS, [], []))


async def test_the_process_that_answers_has_not_loaded_what_writes_parquet() -> None:
    code = "import sys, services.trajectories.app; print(sorted({'polars', 'altair', 'vl_convert'} & set(sys.modules)))"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert (await child.communicate())[0] == b"[]\n"


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


def starts_of(grain: str, first: Month, last: Month) -> tuple[list[Month], int]:
    """The last month of each window and how many months it has; the range is made of whole ones."""
    months = month_range(first, last)
    match grain:
        case "quarter":
            return months[2::3], 3
        case "year":
            return months[11::12], 12
        case "rolling12":
            return [*months], 12
        case _:
            return [*months], 1


async def test_another_engine_adds_up_the_same_facts_to_the_same_answers(
    known: Running, tmp_path: Path
) -> None:
    chance = random.Random(7)
    filed = await known.rows("select distinct place from fact where measure = $1", ADMISSIONS)
    practices = sorted(row["place"] for row in filed)
    places = [*LARGER, *practices[:4]]
    with await engine_of(known, tmp_path, places) as engine:
        compared, valued, differing = 0, 0, []
        while compared < QUESTIONS:
            asked, starts, length = a_question(chance, places)
            as_at = asked.get("as_at") or KNOWN[-1].isoformat()
            body = await ask(known, **{**asked, "community": ",".join(asked["community"])})
            for series in body["series"]:
                value = series["breakdown"] and "=".join(*series["breakdown"].items())
                given = {
                    "measure": asked["measure"],
                    "as_at": datetime.fromisoformat(as_at),
                    "value": value,
                    "total": "route" if asked["measure"] == ASSESSED else "age",
                    "months": length,
                    "places": [series["community"]],
                    "starts": [month.first_day for month in starts],
                }
                sums = {row[1]: row[2:] for row in engine.execute(_POINTS, given).fetchall()}
                for end, point in zip(starts, series["points"], strict=True):
                    numerator, denominator = sums[str(end)]
                    expected = numerator if asked["measure"] != STAY else None
                    if asked["measure"] == STAY and denominator:
                        expected = float(numerator) / float(denominator)
                    compared += 1
                    valued += expected is not None
                    same = (point["numerator"], point["value"]) == (numerator, expected)
                    differing += [] if same else [(asked, value, point, numerator, denominator)]
    assert differing == []
    assert valued > QUESTIONS / 2


def a_question(chance: random.Random, places: list[str]) -> tuple[dict[str, Any], list[Month], int]:
    measure = chance.choice([ADMISSIONS, STAY, ASSESSED])
    grain = chance.choice(["month", "quarter", "year", "rolling12"])
    years = chance.choice([1, 2])
    first = FIRST if years == 2 else chance.choice([FIRST, FIRST + 12])
    last = first + (12 * years - 1)
    breakdown = chance.choice([None, "route"] if measure == ASSESSED else [None, "age", "sex"])
    instants = [None, *(at.isoformat() for at in KNOWN), (KNOWN[0] + timedelta(days=3)).isoformat()]
    asked = {
        "measure": measure,
        "community": chance.sample(places, 3),
        "from": str(first),
        "to": str(last),
        "grain": grain,
        "breakdown": breakdown,
        "as_at": chance.choice(instants),
    }
    return asked, *starts_of(grain, first, last)


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
