"""Promises of the Bay-wide trajectory: a whole year, versioned, and only an agreed one shared out."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from shared.ids import new_id
from shared.months import Month
from shared.spreadsheets import XLSX
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.shares.a_bay import a_bay, a_plan, a_practice, get, planned, post, within


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A system of one practice."""
    async with a_bay(databases, tmp_path, [a_practice("Z00001", within("east"))]) as made:
        yield made


async def test_a_plan_is_kept_and_read_by_everybody(service: Running) -> None:
    body = await planned(service, set_by="Integrated services board", agreed_on="2020-03-20")
    read = await get(service, f"/v1/bay-trajectories/{body['id']}", "dashboard")
    assert read.status_code == 200
    assert read.json() == body
    assert (body["version"], body["months"]["2020-04"], body["warnings"]) == (1, 100, [])
    assert read.headers["etag"] == 'W/"1"'


async def test_a_years_figure_is_spread_by_calendar_days(service: Running) -> None:
    body = await planned(service, months=None, annual=12_000)
    assert sum(body["months"].values()) == 12_000
    assert (body["months"]["2020-04"], body["months"]["2021-02"]) == (986, 920)
    assert list(body["months"]) == [str(Month(2020, 4) + at) for at in range(12)]


async def test_a_plan_of_zeros_is_taken_with_a_warning(service: Running) -> None:
    told = {"set_by": "The board", "agreed_on": "2020-03-20"}
    body = await planned(service, annual=0, months=None, **told)
    assert [one["code"] for one in body["warnings"]] == ["number.range"]


async def test_an_agreed_plan_that_says_neither_who_agreed_nor_when_is_taken_with_a_warning(
    service: Running,
) -> None:
    body = await planned(service)
    assert [(one["code"], one["pointer"]) for one in body["warnings"]] == [
        ("body.required", "/set_by"),
        ("body.required", "/agreed_on"),
    ]
    assert (await planned(service, status="provisional"))["warnings"] == []


async def test_revisions_are_numbered_without_a_gap_however_many_come_at_once(service: Running) -> None:
    bodies = await asyncio.gather(*(planned(service) for _ in range(4)))
    assert sorted(one["version"] for one in bodies) == [1, 2, 3, 4]
    listed = (await get(service, "/v1/bay-trajectories", measure="spells", year="2020-21")).json()["items"]
    assert {one["version"] for one in listed} == {1, 2, 3, 4}


async def test_a_provisional_plan_is_not_shared_out(service: Running) -> None:
    await planned(service, status="provisional")
    asked = {"measure": "spells", "effective_from": "2020-04"}
    answer = await post(service, "/v1/trajectory-versions", asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/effective_from")


def months(**changes: float | None) -> dict[str, Any]:
    """The months of a plan with some changed; None leaves one out."""
    given = {**a_plan()["months"], **{name.replace("_", "-"): units for name, units in changes.items()}}
    return {"months": {month: units for month, units in given.items() if units is not None}}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (months(**{"2020-07": None}), "body.required", "/months/2020-07"),
        (months(**{"2020-07": -1}), "number.range", "/months/2020-07"),
        (months(**{"2020-07": 10**12}), "number.range", "/months/2020-07"),
        (months(**{"2020-07": 1.5}), "number.integer_required", "/months/2020-07"),
        (months(**{"2021-04": 5}), "date.implausible", "/months/2021-04"),
        (months(July=5), "date.format", "/months"),
        ({"months": {}}, "body.required", "/months"),
        ({"months": None}, "body.required", "/months"),
        ({"annual": 12}, "body.required", "/months"),
        ({"annual": 12, "months": None, "year": "The long year"}, "date.format", "/year"),
        ({"measure": "unheard-of"}, "code.unknown", "/measure"),
        ({"status": "hoped"}, "enum", "/status"),
        ({"agreed_on": "2999-01-01"}, "date.future", "/agreed_on"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(
    service: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await post(service, "/v1/bay-trajectories", a_plan(**change))
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()
    assert await service.rows("select 1 from bay_trajectory") == []


async def test_only_analysts_set_plans(service: Running) -> None:
    assert (await post(service, "/v1/bay-trajectories", a_plan(), "publisher")).status_code == 403


IN_QUERY = {
    "measure": "spells",
    "year": "2020-21",
    "label": "Operating plan",
    "definition": "Spells",
    "status": "agreed",
    "agreed_on": "2020-03-20",
}


async def post_table(
    service: Running, content: str | bytes, form: str = "text/csv", **params: str
) -> httpx.Response:
    """A plan as a table, with the other members in the query."""
    headers = {
        **service.token("analyst", communities=("*",)),
        "Idempotency-Key": str(new_id()),
        "Content-Type": form,
    }
    query = {**IN_QUERY, **params}
    return await service.client.post("/v1/bay-trajectories", content=content, headers=headers, params=query)


def a_table(count: str = "100") -> str:
    """A plan of 2020-21 as CSV; `count` in its first month."""
    rows = [f"{Month(2020, 4) + at},{100 if at else count}" for at in range(12)]
    return "\n".join(("Month,Count", *rows))


async def test_a_plan_may_come_as_a_table(service: Running) -> None:
    answer = await post_table(service, a_table('"1,234"'))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["months"]["2020-04"], body["months"]["2021-03"], body["agreed_on"]) == (
        1234,
        100,
        "2020-03-20",
    )
    book = openpyxl.Workbook()
    book.worksheets[0].append(["month", "count"])
    for at in range(12):
        book.worksheets[0].append([(Month(2020, 4) + at).first_day, 100 + at])
    out = io.BytesIO()
    book.save(out)
    answer = await post_table(service, out.getvalue(), XLSX)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["version"], answer.json()["months"]["2021-03"]) == (2, 111)


async def test_what_is_wrong_with_a_table_is_named_by_row_and_column(service: Running) -> None:
    answer = await post_table(service, a_table("-1") + "\n2020-02-31,1\n2021-03,5\n")
    assert answer.status_code == 422
    found = [(one["row"], one["column"], one["code"]) for one in answer.json()["errors"]]
    assert found == [
        (2, "count", "number.range"),
        (14, "month", "date.invalid"),
        (15, "month", "row.duplicate"),
    ]


async def test_a_table_is_held_to_what_a_plan_must_say(service: Running) -> None:
    short = await post_table(service, a_table().rpartition("\n")[0])
    assert (short.status_code, short.json()["errors"][0]["pointer"]) == (422, "/months/2021-03")
    wrong = await post_table(service, a_table(), status="perhaps")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/status")
    mixed = await post_table(service, "{}", "application/json")
    assert (mixed.status_code, mixed.json()["code"]) == (400, "query.unknown")
