"""What a service answers about communities and practices over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.shared.registry.conftest import INVENTED
from tests.support.databases import Databases
from tests.support.running import Running, running

LIMIT = 500


@pytest.fixture
async def valley(databases: Databases, data_dir: Path) -> AsyncIterator[Running]:
    """A service that runs another system: its registry is the invented one."""
    async with (
        databases.lend("trajectories") as url,
        running(
            "trajectories", database_url=url, data_dir=data_dir, settings={"registry_file": INVENTED}
        ) as service,
    ):
        yield service


async def ask(service: Running, path: str, **query: Any) -> httpx.Response:
    """A reader's GET."""
    return await service.client.get(path, params=query, headers=service.token("dashboard"))


async def test_the_eight_communities_are_listed_with_what_hangs_on_them(trajectories: Running) -> None:
    answer = await ask(trajectories, "/v1/communities", level="icc")
    assert answer.status_code == 200
    items = {item["slug"]: item for item in answer.json()["items"]}
    assert len(items) == 8
    east = items["east"]
    assert [pcn["code"] for pcn in east["pcns"]] == ["U59980", "U50573"]
    assert [practice["ods"] for practice in east["practices"]] == ["A82030", "A82608", "P81113"]
    assert "East Lakes ICC" in east["aliases"]
    assert east["population"]["stated"] is None
    assert east["population"]["registered"] == {
        "people": 16847,
        "month": "2021-01",
        "practices": 3,
        "without_list": [],
    }
    assert [team["code"] for team in east["teams"]] == ["east-icc", "urgent-response", "unrouted"]
    assert east["counts_as_icc"] is True
    assert {role["post"] for role in east["roles"]} == {
        "clinical-lead",
        "development-lead",
        "link-paediatrician",
        "pcn-clinical-director",
    }


async def test_without_a_level_every_community_is_listed_widest_first(trajectories: Running) -> None:
    answer = (await ask(trajectories, "/v1/communities")).json()
    assert answer["items"][0]["slug"] == "morecambe-bay"
    assert answer["items"][0]["trusts"] == ["RTX"]
    assert [item["level"] for item in answer["items"]].count("sub_community") == 11
    assert answer["next"] is None


async def test_a_long_list_is_read_page_by_page_and_nothing_is_lost(trajectories: Running) -> None:
    whole = [
        item["slug"]
        for item in (await ask(trajectories, "/v1/communities", level="practice", limit=LIMIT)).json()[
            "items"
        ]
    ]
    pages: list[str] = []
    query: dict[str, object] = {"level": "practice", "limit": 7}
    while True:
        answer = (await ask(trajectories, "/v1/communities", **query)).json()
        pages += [item["slug"] for item in answer["items"]]
        if answer["next"] is None:
            break
        query["cursor"] = answer["next"]
    assert pages == whole
    assert len(pages) == 32


async def test_a_community_is_answered_as_of_a_day(trajectories: Running) -> None:
    before = (await ask(trajectories, "/v1/communities/millom", as_at="2023-03-31")).json()
    after = (await ask(trajectories, "/v1/communities/millom", as_at="2023-04-01")).json()
    assert [council["slug"] for council in before["councils"]] == ["cumbria", "copeland"]
    assert [council["slug"] for council in after["councils"]] == ["cumberland"]
    assert before["population"]["stated"] == {
        "people": 7829,
        "month": "2020-03",
        "approximate": False,
        "source": "ICC annual report 2019/20 of the Morecambe Bay communities",
    }
    assert after["parent"] == "barrow-and-millom"


async def test_an_instant_is_taken_for_the_day_it_has_in_england(trajectories: Running) -> None:
    summer_night = await ask(trajectories, "/v1/communities/millom", as_at="2023-03-31T23:30:00Z")
    assert summer_night.json()["as_at"] == "2023-04-01"


@pytest.mark.parametrize(
    ("token", "level", "parent", "practices"),
    [
        ("pcn:U35939", "pcn", "morecambe-bay", 3),
        ("council:lancashire", "council", None, 4),
        ("A82026", "practice", "kendal", 1),
        ("unassigned", "line", "morecambe-bay", 2),
        ("barrow-and-millom", "group", "south-cumbria", 10),
        ("ulverston", "sub_community", "mid-furness", 0),
    ],
)
async def test_a_place_of_any_kind_is_answered_by_the_name_a_query_takes(
    trajectories: Running, token: str, level: str, parent: str | None, practices: int
) -> None:
    answer = (await ask(trajectories, f"/v1/communities/{token}")).json()
    assert (answer["slug"], answer["level"], answer["parent"]) == (token, level, parent)
    assert len(answer["practices"]) == practices


async def test_the_word_for_two_communities_is_refused_naming_both(trajectories: Running) -> None:
    answer = await ask(trajectories, "/v1/communities/bay")
    assert answer.status_code == 422
    assert answer.json()["code"] == "icc.ambiguous"
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/slug"]
    assert "morecambe-bay" in answer.json()["detail"]
    assert "bay-icc" in answer.json()["detail"]


async def test_an_unknown_community_is_not_found_and_the_nearest_is_named(trajectories: Running) -> None:
    answer = await ask(trajectories, "/v1/communities/kendall")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "“kendal”" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("place", "day"), [("kendal", "2013-03-31"), ("council:westmorland-and-furness", "2023-03-31")]
)
async def test_before_its_first_day_a_place_is_said_to_come_later(
    trajectories: Running, place: str, day: str
) -> None:
    answer = await ask(trajectories, f"/v1/communities/{place}", as_at=day)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "The registry knows this place only from a later day on."


@pytest.mark.parametrize(
    ("ods", "status", "icc", "successor"),
    [
        ("A82026", "open", "kendal", None),
        ("A82621", "closed", "mid-furness", {"ods": "A82039", "from_day": "2021-01-01", "assumed": True}),
        ("P81029", "open", "unassigned", None),
        ("A82004", "outside", "not-bay-registered", None),
    ],
)
async def test_a_practice_is_answered_with_where_it_counts(
    trajectories: Running, ods: str, status: str, icc: str, successor: dict[str, object] | None
) -> None:
    answer = (await ask(trajectories, f"/v1/practices/{ods}")).json()
    assert (answer["ods"], answer["status"], answer["icc"], answer["successor"]) == (
        ods,
        status,
        icc,
        successor,
    )


@pytest.mark.parametrize(
    ("ods", "status", "code"),
    [
        ("A99999", 404, "not_found"),
        ("a82026", 422, "ods.format"),
        ("A8202", 422, "ods.format"),
        ("RTX", 422, "ods.format"),
    ],
)
async def test_a_practice_that_is_not_known_is_refused(
    trajectories: Running, ods: str, status: int, code: str
) -> None:
    answer = await ask(trajectories, f"/v1/practices/{ods}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ods not in answer.json().get("detail", "")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"as_at": "2023-02-30"}, 422, "date.invalid"),
        ({"as_at": "yesterday"}, 422, "date.format"),
        ({"as_at": "9999-12-31"}, 422, "date.implausible"),
        ({"as_at": "9999-01-01T00:00:00Z"}, 422, "date.implausible"),
        ({"limit": "01"}, 400, "query.limit"),
        ({"as_at": "2023-02-28T10:00:00"}, 422, "date.offset_required"),
        ({"level": "planet"}, 422, "enum"),
        ({"cursor": "made-up"}, 400, "query.cursor"),
        ({"sort": "name"}, 400, "query.unknown"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(
    trajectories: Running, query: dict[str, object], status: int, code: str
) -> None:
    answer = await ask(trajectories, "/v1/communities", **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/v1/communities", "/v1/communities/kendal", "/v1/practices/A82026"])
async def test_an_answer_the_reader_has_already_is_not_sent_again(trajectories: Running, path: str) -> None:
    first = await ask(trajectories, path, as_at="2024-01-01")
    again = await trajectories.client.get(
        path,
        params={"as_at": "2024-01-01"},
        headers={**trajectories.token("dashboard"), "If-None-Match": first.headers["ETag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    other_day = await ask(trajectories, path, as_at="2022-01-01")
    assert other_day.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("path", ["/v1/communities", "/v1/communities/kendal", "/v1/practices/A82026"])
async def test_nobody_reads_the_registry_without_a_token(trajectories: Running, path: str) -> None:
    assert (await trajectories.client.get(path)).status_code == 401


async def test_another_system_runs_on_its_own_file(valley: Running) -> None:
    listed = (await ask(valley, "/v1/communities", as_at="2021-06-01")).json()["items"]
    assert [item["slug"] for item in listed] == [
        "silver-valley",
        "upstream",
        "downstream",
        "mill-town",
        "hill-and-dale",
    ]
    assert (await ask(valley, "/v1/communities/kendal")).status_code == 404
    town = (await ask(valley, "/v1/communities/mill-town", as_at="2021-06-01")).json()
    assert town["care_homes"] == [
        {"code": "bank-house", "name": "Bank House", "cqc_location": "1-123456789", "beds": 12}
    ]
    assert (town["profile"], town["parent"], town["children"]) == ("Weavers and bakers.", "downstream", [])
