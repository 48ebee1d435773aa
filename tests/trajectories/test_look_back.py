"""Measures that look back count the same people month after month, so a period has the value of its last month."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.trajectories.measures.catalogue import load_catalogue
from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, get, statuses
from tests.trajectories.invented import a_measure, inventing
from tests.trajectories.quarter import a_cell, publish

RATE = {"kind": '"proportion"', "unit": '"proportion"', "denominator": '"People"', "look_back_months": "24"}
QUARTER: dict[str, Any] = {"measure": "again", "from": "2021-01", "to": "2021-03", "grain": "quarter"}
LATER = datetime(2021, 5, 1, tzinfo=UTC)


@pytest.fixture
async def looking(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """People measured again, of those first measured up to two years ago, at two places."""
    declared = a_measure("again", over_months='"latest"', **RATE)
    async with inventing(databases, tmp_path, declared) as service:
        await publish(
            service,
            [
                a_cell("again", Month(2021, month), place, again, people)
                for month, place, again, people in (
                    (1, "kendal", 20, 40),
                    (2, "kendal", 22, 44),
                    (3, "kendal", 30, 50),
                    (3, "east", 10, 50),
                    (2, "barrow", 9, 10),
                )
            ],
        )
        yield service


async def test_a_quarter_of_a_look_back_has_the_value_of_its_last_month(looking: Running) -> None:
    for grain in ("quarter", "rolling12"):
        body = await ask(looking, **{**QUARTER, "grain": grain}, community="kendal,south-cumbria")
        last = {series["community"]: series["points"][-1] for series in body["series"]}
        assert (last["kendal"]["numerator"], last["kendal"]["denominator"]) == (30, 50)
        assert (last["south-cumbria"]["numerator"], last["south-cumbria"]["denominator"]) == (40, 100)
    text = (await get(looking, **QUARTER, community="kendal", format="csv")).text
    (row,) = csv.DictReader(io.StringIO(text))
    assert float(row["value"]) == 0.6


async def test_a_look_back_whose_last_month_is_missing_is_partial(looking: Running) -> None:
    body = await ask(looking, **QUARTER, community="barrow")
    assert body["series"][0]["points"][0]["value"] == 0.9
    assert statuses(body, "barrow") == ["partial"]


async def test_a_restated_last_month_changes_the_quarter_from_then_on(looking: Running) -> None:
    await publish(looking, [a_cell("again", Month(2021, 3), "kendal", 40, 50)], known_at=LATER)
    now = await ask(looking, **QUARTER, community="kendal")
    then = await ask(looking, **QUARTER, community="kendal", as_at="2021-04-30T00:00:00Z")
    assert [body["series"][0]["points"][0]["value"] for body in (now, then)] == [0.8, 0.6]


def test_a_look_back_that_is_added_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "measures.toml"
    file.write_text(a_measure("again", **RATE))
    with pytest.raises(ValidationError, match="a look-back is `latest`"):
        load_catalogue(file)


def test_the_shipped_measures_that_look_back_say_so() -> None:
    looking_back = {one.key for one in load_catalogue() if one.look_back_months}
    assert {"pam-reassessed-rate", "hba1c-target-met-rate", "partners-active-rate"} <= looking_back


async def test_the_catalogue_shows_how_far_a_measure_looks_back(looking: Running) -> None:
    answer = await looking.client.get("/v1/measures/again", headers=looking.token("dashboard"))
    assert (answer.json()["look_back_months"], answer.json()["rollup"]) == (24, "latest")
