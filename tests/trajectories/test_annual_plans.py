"""Annual plans: objectives on the core functions, the workforce, and what was learnt."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.writing import listed, look, seen, send, written

KENDAL: dict[str, Any] = {"communities": ("kendal",)}
ADDRESS = "/v1/annual-plans/kendal/2020-21"


def a_plan(**changes: Any) -> dict[str, Any]:
    """The body of an agreed plan."""
    return {
        "status": "agreed",
        "objectives": [
            {
                "core_function": "self-care",
                "text": "Train forty health coaches.",
                "measure": "reablement-assessments",
                "target": 40,
                "owner": "Development lead",
                "learnt": {"plan": "Two courses", "did": "One course", "studied": "Thirty came"},
            },
            {"local": "Farmers' clinics", "text": "Health checks at the auction.", "owner": "Nurse"},
        ],
        "workforce": [
            {"role": "Case manager", "funded_wte": 2.5, "in_post_wte": 2},
            {"role": "Coordinator", "funded_wte": 1, "in_post_wte": 1.4},
        ],
        **changes,
    }


async def put(service: Running, body: dict[str, Any], address: str = ADDRESS) -> dict[str, Any]:
    """A plan that was taken."""
    return await written(service, "PUT", address, body)


async def test_a_plan_is_kept_and_read_in_the_community(changing: Running) -> None:
    made = await put(changing, a_plan())
    assert (made["community"], made["year"], made["version"]) == ("kendal", "2020-21", 1)
    assert made["objectives"][0]["learnt"] == {
        "plan": "Two courses",
        "did": "One course",
        "studied": "Thirty came",
    }
    assert made["objectives"][1]["local"] == "Farmers' clinics"
    answer = await look(changing, ADDRESS, "oversight", who=KENDAL)
    assert (answer.json(), answer.headers["etag"]) == (made, 'W/"1"')
    for role, who, status in (
        ("oversight", {"communities": ("barrow",)}, 404),
        ("dashboard", None, 403),
        ("case-manager", KENDAL, 403),
        ("publisher", None, 200),
    ):
        assert (await look(changing, ADDRESS, role, who=who)).status_code == status
    events = [row["event"] for row in await changing.rows("select event from audit order by at")]
    assert events == ["annual-plan.put", *["request.refused"] * 3]


async def test_what_is_put_next_is_the_next_version_and_the_same_again_is_not(changing: Running) -> None:
    assert (await put(changing, a_plan(status="draft")))["version"] == 1
    assert (await put(changing, a_plan(status="draft")))["version"] == 1
    assert (await put(changing, a_plan()))["version"] == 2
    await asyncio.gather(*(put(changing, a_plan(workforce=[], objectives=[]), ADDRESS) for _ in range(3)))
    assert (await seen(changing, ADDRESS))["version"] == 3
    assert len(await changing.rows("select 1 from annual_plan")) == 3


async def test_plans_are_listed_by_community_year_and_status(changing: Running) -> None:
    await put(changing, a_plan(status="draft"))
    kendal = await put(changing, a_plan())
    barrow = await put(changing, a_plan(), "/v1/annual-plans/barrow-and-millom/2021-22")
    assert await listed(changing, "/v1/annual-plans") == [barrow, kendal]
    assert await listed(changing, "/v1/annual-plans", "oversight", who=KENDAL) == [kendal]
    assert await listed(changing, "/v1/annual-plans", community="kendal") == [kendal]
    assert await listed(changing, "/v1/annual-plans", year="2021-22") == [barrow]
    assert await listed(changing, "/v1/annual-plans", status="draft") == []
    page = await seen(changing, "/v1/annual-plans", limit=1)
    assert (await seen(changing, "/v1/annual-plans", limit=1, cursor=page["next"]))["items"] == [kendal]


async def test_the_workforce_of_an_agreed_plan_is_a_figure_of_its_month(
    databases: Databases, tmp_path: Path
) -> None:
    """In post of funded: 2 of 2.5, and 1 of 1, for what is filled beyond its funding hides no vacancy."""
    now = datetime(2020, 7, 14, 12, 0, tzinfo=UTC)
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path, clock=lambda: now) as service,
    ):
        made = await put(service, a_plan())
        assert made["established_rate"] == pytest.approx(3 / 3.5)
        asked = {
            "measure": "team-established-rate",
            "community": "kendal",
            "from": "2020-06",
            "to": "2020-07",
        }
        answer = await service.client.get(
            "/v1/performance", params=asked, headers=service.token("analyst", communities=("*",))
        )
        june, july = answer.json()["series"][0]["points"]
        assert june["value"] is None
        assert (july["numerator"], july["denominator"]) == (300, 350)
        await put(service, a_plan(status="draft", workforce=[]))
        again = await service.client.get(
            "/v1/performance", params=asked, headers=service.token("analyst", communities=("*",))
        )
        assert again.json()["series"][0]["points"][1]["numerator"] == 300


@pytest.mark.parametrize("given", ["self-care", "Self care", "MDT working", "use of data", "local"])
async def test_core_functions_are_understood_as_people_write_them(changing: Running, given: str) -> None:
    made = await put(changing, a_plan(objectives=[{"core_function": given, "text": "More", "owner": "Lead"}]))
    assert made["objectives"][0]["core_function"] in {"self-care", "mdt-working", "use-of-data", "local"}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"status": "wished"}, "enum", "/status"),
        ({"status": None}, "body.type", "/status"),
        ({"objectives": [{"text": "x", "owner": "y"}]}, "body.required", "/objectives/0"),
        (
            {"objectives": [{"core_function": "self-care", "local": True, "text": "x", "owner": "y"}]},
            "body.required",
            "/objectives/0",
        ),
        (
            {"objectives": [{"core_function": "tea", "text": "x", "owner": "y"}]},
            "enum",
            "/objectives/0/core_function",
        ),
        (
            {"objectives": [{"local": True, "text": "x", "owner": "y", "measure": "unheard-of"}]},
            "code.unknown",
            "/objectives/0/measure",
        ),
        ({"objectives": [{"local": True, "text": "x"}]}, "body.required", "/objectives/0/owner"),
        (
            {"workforce": [{"role": "x", "funded_wte": -1, "in_post_wte": 0}]},
            "number.range",
            "/workforce/0/funded_wte",
        ),
        (
            {"workforce": [{"role": "x", "funded_wte": "1", "in_post_wte": 0}]},
            "number.type",
            "/workforce/0/funded_wte",
        ),
        (
            {"workforce": [{"role": "x", "funded_wte": 1, "in_post_wte": 0.333}]},
            "number.format",
            "/workforce/0/in_post_wte",
        ),
        ({"objectives": [{"local": True, "text": "x", "owner": "y"}] * 201}, "list.too_long", "/objectives"),
        (
            {"objectives": [{"local": True, "text": "x", "owner": "9990000018"}]},
            "text.forbidden",
            "/objectives/0/owner",
        ),
        (
            {
                "objectives": [
                    {"local": True, "text": "x", "owner": "y", "learnt": {"did": "９９９００００018"}}
                ]
            },
            "text.forbidden",
            "/objectives/0/learnt/did",
        ),
        ({"mood": "good"}, "body.unknown_field", "/mood"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(
    changing: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await send(changing, "PUT", ADDRESS, a_plan(**change))
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()
    assert await changing.rows("select 1 from annual_plan") == []


@pytest.mark.parametrize(
    ("address", "role", "who", "status"),
    [
        ("/v1/annual-plans/kendal/2020", "development-lead", None, 422),
        ("/v1/annual-plans/kendal/2020-22", "development-lead", None, 422),
        ("/v1/annual-plans/bay/2020-21", "development-lead", None, 422),
        ("/v1/annual-plans/barrow/2020-21", "development-lead", KENDAL, 403),
        (ADDRESS, "development-lead", KENDAL, 200),
        (ADDRESS, "analyst", None, 403),
    ],
)
async def test_a_plan_is_put_for_a_place_of_ones_own_and_a_year(
    changing: Running, address: str, role: str, who: dict[str, Any] | None, status: int
) -> None:
    assert (await send(changing, "PUT", address, a_plan(), role, who=who)).status_code == status


async def test_what_was_never_put_is_not_there(changing: Running) -> None:
    assert (await look(changing, ADDRESS)).status_code == 404
