"""`include=revised`: points that moved since an instant."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask, get
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import a_cell, publish

MAY = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)
SINCE: dict[str, Any] = {"community": "kendal,barrow", "include": "revised"}


def restated(count: int, month: Month | None = None) -> Any:
    """Barrow's greatest route, in January unless told otherwise, as another return has it."""
    return a_cell("reablement-assessments", month or Month(2020, 1), "barrow", count, route="community")


def marked(body: dict[str, Any]) -> dict[str, list[Any]]:
    """What each point was, community by community."""
    return {
        series["community"]: [point["revised"] and point["revised"]["was"] for point in series["points"]]
        for series in body["series"]
    }


async def test_a_point_that_moved_says_what_it_was(changing: Running) -> None:
    before = (await ask(changing, community="barrow"))["series"][0]["points"][0]["value"]
    await publish(changing, [restated(70)], known_at=MAY)
    for reference in ("2020-05-04T10:59:59+02:00", "2020-05-04", "2020-05", "2020-04-09T10:00:00Z"):
        body = await ask(changing, **SINCE, reference=reference)
        assert marked(body) == {"kendal": [None] * 3, "barrow": [before, None, None]}
    for reference in ("2020-05-04T09:00:00Z", "2020-06"):
        assert marked(await ask(changing, **SINCE, reference=reference))["barrow"] == [None] * 3
    assert "revised" not in (await ask(changing, community="barrow"))["series"][0]["points"][0]


async def test_what_arrives_is_not_revised(changing: Running) -> None:
    await publish(changing, [restated(9, Month(2020, 4))], known_at=MAY)
    body = await ask(changing, **SINCE, reference="2020-05", to="2020-04")
    assert marked(body)["barrow"] == [None] * 4


async def test_a_table_has_what_was_in_a_column_of_its_own(changing: Running) -> None:
    await publish(changing, [restated(70)], known_at=MAY)
    answer = await get(changing, **SINCE, reference="2020-05", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [bool(row["was"]) for row in rows] == [False] * 3 + [True, False, False]


async def test_others_see_what_publications_moved(changing: Running) -> None:
    first = await cut(changing)
    await publish(changing, [restated(70)], known_at=MAY)
    asked = {**SINCE, "reference": first["published_at"]}
    assert marked(await ask(changing, "dashboard", **asked))["barrow"] == [None] * 3
    await cut(changing)
    assert marked(await ask(changing, "dashboard", **asked))["barrow"] == [50, None, None]
    before_any = {**SINCE, "reference": "2020-01"}
    assert marked(await ask(changing, "dashboard", **before_any))["barrow"] == [None] * 3


@pytest.mark.parametrize(
    ("reference", "code"), [(None, "query.empty"), ("soon", "date.format"), ("2999-01", "date.future")]
)
async def test_the_instant_must_be_one_of_the_past(
    changing: Running, reference: str | None, code: str
) -> None:
    answer = await get(changing, **SINCE, reference=reference)
    assert answer.status_code == 422
    assert {"code": code, "pointer": "/reference"}.items() <= answer.json()["errors"][0].items()


async def test_a_relative_period_may_have_the_same_reference(changing: Running) -> None:
    before = (await ask(changing, community="barrow"))["series"][0]["points"][0]["value"]
    await publish(changing, [restated(70)], known_at=MAY)
    asked: dict[str, Any] = {**SINCE, "from": None, "to": None, "period": "last-3-months"}
    body = await ask(changing, **asked, reference="2020-04-10T00:00:00Z")
    assert [point["month"] for point in body["series"][0]["points"]] == ["2020-01", "2020-02", "2020-03"]
    assert marked(body)["barrow"][0] == before
