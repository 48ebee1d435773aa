"""Parquet beside the other formats: the same figures, typed, written in a process apart."""

import asyncio
import csv
import io
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.trajectories.performance.parquet import MODULE, told_of
from services.trajectories.performance.renderings import COLUMNS
from shared.problems import Unavailable
from shared.service.makers import Maker
from shared.spreadsheets import PARQUET
from tests.support.running import Running
from tests.trajectories.asking import ASSESSMENTS, get


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
