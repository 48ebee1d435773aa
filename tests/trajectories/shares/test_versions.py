"""Promises of versions of shares: drafted from a rolling year, decided by another person, then never changed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.trajectories.ingest.authoring import author_facts
from shared.facts.cells import Cell
from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.shares.a_bay import (
    a_bay,
    a_practice,
    approved,
    decide,
    drafted,
    get,
    happened,
    in_force,
    integers,
    planned,
    post,
    whole,
    within,
)

YEAR = Month(2019, 4)
TWO = [a_practice("Z00001", within("east")), a_practice("Z00002", within("west"))]


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Two communities of one practice each; a year in which one had 600 spells and the other 11,400; and a plan."""
    async with a_bay(databases, tmp_path, TWO) as made:
        await happened(made, {"Z00001": [50] * 12, "Z00002": [950] * 12}, YEAR)
        await planned(made)
        yield made


async def test_five_per_cent_of_the_window_is_five_per_cent_of_every_month(service: Running) -> None:
    await approved(service)
    (item, *_) = (await in_force(service, community="east", from_="2020-04", to="2020-06"))["items"]
    assert item["share"] == {"numerator": 600, "denominator": 12_000}
    assert (item["exact"], item["integer"]) == ("5", 5)
    assert await integers(service, from_="2020-04", to="2020-05") == {"east": [5, 5], "west": [95, 95]}


async def test_an_explanation_says_six_hundred_of_twelve_thousand(service: Running) -> None:
    version = await approved(service)
    answer = await get(
        service, "/v1/trajectories/explain", measure="spells", community="east", month="2020-07"
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["sentence"] == "600 of 12,000 is 5.00 %, and of 100 that is 5.00; in whole numbers 5."
    assert [(one["practice"], one["share"]["numerator"], one["integer"]) for one in told["practices"]] == [
        ("Z00001", 600, 5)
    ]
    assert told["version"]["id"] == version["id"]
    assert told["version"]["window"] == {"from": "2019-04", "to": "2020-03"}
    assert told["sources"] == [{"source": "trajectories", "supplier": "hospital", "submission": "s1"}]


async def test_months_before_the_first_version_have_none(service: Running) -> None:
    await approved(service, "2020-07", window_months=9)
    items = (await in_force(service, community="east", from_="2020-06", to="2020-07"))["items"]
    assert [(one["integer"], one["reason"]) for one in items] == [(None, "no-version"), (5, None)]


async def test_a_later_version_counts_anew_and_earlier_months_keep_theirs(service: Running) -> None:
    first = await approved(service)
    await happened(service, {"Z00001": [950] * 3, "Z00002": [50] * 3}, Month(2020, 4))
    second = await approved(service, "2020-07")
    items = (await in_force(service, community="east", from_="2020-06", to="2020-07"))["items"]
    assert [(one["version"], one["integer"]) for one in items] == [(first["id"], 5), (second["id"], 27)]
    assert items[1]["share"]["numerator"] == 3300


async def test_the_larger_places_are_the_sums_of_the_smaller(service: Running) -> None:
    await approved(service)
    found = await integers(service, community="the-bay,Z00001,nowhere", from_="2020-04", to="2020-04")
    assert found == {"the-bay": [100], "Z00001": [5], "nowhere": [0]}


async def test_facts_that_are_not_gathered_are_counted_alike(service: Running) -> None:
    gathered = await drafted(service)
    async with service.platform.database.connection() as connection:
        await connection.execute("update fact_month set grouped_at = null where month >= '2019-09-01'")
        await connection.execute("delete from fact_group where month >= '2019-09-01'")
    anew = await drafted(service)
    assert await whole(service, anew) == await whole(service, gathered)
    assert anew["data_known_at"] == gathered["data_known_at"]


async def test_a_figure_that_was_withdrawn_is_a_month_without_one(service: Running) -> None:
    before = await drafted(service)
    async with service.platform.database.transaction() as session:
        months = [YEAR + 10, YEAR + 11]
        gone = [
            Cell(measure="spells", month=one, place="Z00001", source="hospital", numerator=None)
            for one in months
        ]
        await author_facts(session, gone)
    version = await drafted(service, window_months=10)
    assert (version["window"], version["blocked"]) == (
        {"from": "2019-04", "to": "2020-01"},
        ["2020-02", "2020-03"],
    )
    assert version["data_known_at"] == before["data_known_at"]


async def test_what_was_in_force_at_an_instant_stays_answerable(service: Running) -> None:
    first = await approved(service)
    instant = first["decided_at"]
    await happened(service, {"Z00001": [500] * 12}, YEAR)
    await approved(service)
    now = await integers(service, community="east", from_="2020-04", to="2020-04")
    then = await integers(service, community="east", from_="2020-04", to="2020-04", as_at=instant)
    assert (now, then) == ({"east": [34]}, {"east": [5]})


async def test_a_restated_month_changes_no_version_that_was_approved(service: Running) -> None:
    version = await approved(service)
    before = await get(service, f"/v1/trajectory-versions/{version['id']}")
    await happened(service, {"Z00001": [5000]}, YEAR)
    after = await get(service, f"/v1/trajectory-versions/{version['id']}")
    assert after.content == before.content
    again = await drafted(service)
    assert (await whole(service, again))["east"]["share"]["numerator"] == 5550


async def test_a_frozen_basis_holds_the_shares_still_on_the_plan_in_force(service: Running) -> None:
    await approved(service)
    await happened(service, {"Z00001": [950] * 3, "Z00002": [50] * 3}, Month(2020, 4))
    await approved(service, "2020-07")
    asked = {"community": "east", "from_": "2020-03", "to": "2020-08"}
    assert await integers(service, **asked, basis="frozen:2020-04") == {"east": [None, 5, 5, 5, 5, 5]}
    assert await integers(service, **asked, basis="in-force") == {"east": [None, 5, 5, 5, 27, 28]}


async def test_the_same_inputs_give_the_same_shares(service: Running) -> None:
    first, second = await drafted(service), await drafted(service)
    one, two = await whole(service, first), await whole(service, second)
    assert one == two


async def test_nobody_approves_their_own_draft(service: Running) -> None:
    version = await drafted(service)
    # No role may both draft and approve, but a token of another issuer may carry both scopes.
    await service.rows("update trajectory_version set drafted_by = 'local:publisher'")
    answer = await decide(service, version)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    assert (await decide(service, version, "reject")).status_code == 200


async def test_an_analyst_may_not_approve(service: Running) -> None:
    assert (await decide(service, await drafted(service), role="analyst")).status_code == 403


async def test_a_newer_draft_of_the_month_takes_the_older_ones_place(service: Running) -> None:
    older, newer = await drafted(service), await drafted(service)
    answer = await decide(service, older)
    assert (answer.status_code, answer.json()["code"]) == (409, "state.transition")
    read = await get(service, f"/v1/trajectory-versions/{older['id']}")
    assert read.json()["superseded_by"] == newer["id"]
    assert (await decide(service, newer)).status_code == 200


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_what_is_decided_stays_decided(service: Running, decision: str) -> None:
    version = await drafted(service)
    assert (await decide(service, version, decision)).status_code == 200
    for again in ("approve", "reject"):
        assert (await decide(service, version, again)).status_code == 409
    with pytest.raises(asyncpg.RaiseError):
        await service.rows("update trajectory_version set total = 1")
    with pytest.raises(asyncpg.RaiseError):
        await service.rows("update trajectory_share set numerator = 1")


async def test_many_drafts_at_once_leave_one_to_decide(service: Running) -> None:
    await asyncio.gather(*(drafted(service) for _ in range(5)))
    rows = await service.rows("select 1 from trajectory_version where superseded_by is null")
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"measure": "unheard-of"}, "code.unknown", "/measure"),
        ({"effective_from": "2021-04"}, "date.implausible", "/effective_from"),
        ({"lag_months": 12}, "date.implausible", "/effective_from"),
        (
            {"excluded_months": ["2019-06", "2019-06"], "excluded_reason": "x"},
            "body.duplicate_key",
            "/excluded_months/1",
        ),
        ({"excluded_reason": "x"}, "body.unknown_field", "/excluded_reason"),
        ({"effective_from": "2020-02-31"}, "date.format", "/effective_from"),
        ({"window_months": 0}, "number.range", "/window_months"),
        ({"window_months": 2.5}, "number.integer_required", "/window_months"),
        ({"window_months": 24}, "date.implausible", "/effective_from"),
        ({"excluded_months": ["2019-01"], "excluded_reason": "x"}, "date.implausible", "/excluded_months/0"),
        ({"excluded_months": ["2019-06"]}, "body.required", "/excluded_reason"),
        ({"new_practices": "guessed"}, "enum", "/new_practices"),
        ({"colour": "blue"}, "body.unknown_field", "/colour"),
    ],
)
async def test_a_version_that_cannot_be_is_refused(
    service: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    body = {"measure": "spells", "effective_from": "2020-04", "lag_months": 0, **change}
    answer = await post(service, "/v1/trajectory-versions", body)
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()
    assert await service.rows("select 1 from trajectory_version") == []


async def test_protected_callers_read_rounded_numbers_and_per_cents(service: Running) -> None:
    await approved(service)
    answer = await get(
        service, "/v1/trajectories", "dashboard", measure="spells", from_="2020-04", to="2020-04"
    )
    east, west = answer.json()["items"]
    assert (east["integer"], east["exact"], east["suppressed"]) == (None, None, True)
    assert east["share"] == {"numerator": None, "denominator": None, "percent": 5.0}
    assert (west["integer"], west["suppressed"]) == (95, False)
    assert answer.json()["protection"]["threshold"] == 7


async def test_explanations_are_for_those_who_see_exact_figures(service: Running) -> None:
    await approved(service)
    asked = {"measure": "spells", "community": "east", "month": "2020-04"}
    assert (await get(service, "/v1/trajectories/explain", "dashboard", **asked)).status_code == 403
    headers = service.token("case-manager", communities=("west",))
    answer = await service.client.get("/v1/trajectories/explain", params=asked, headers=headers)
    assert answer.status_code == 403


async def test_a_version_shows_a_community_only_its_own_places(service: Running) -> None:
    version = await drafted(service)
    headers = service.token("development-lead", communities=("west",))
    answer = await service.client.get(f"/v1/trajectory-versions/{version['id']}", headers=headers)
    assert [one["place"] for one in answer.json()["places"]] == ["west", "Z00002"]
    assert answer.json()["total"] is None


async def test_versions_are_listed_newest_first_by_status(service: Running) -> None:
    first, second = await approved(service), await drafted(service)
    listed = (await get(service, "/v1/trajectory-versions", measure="spells")).json()["items"]
    assert [one["id"] for one in listed] == [second["id"], first["id"]]
    drafts = (await get(service, "/v1/trajectory-versions", status="draft", limit=1)).json()["items"]
    assert [one["id"] for one in drafts] == [second["id"]]


async def test_decisions_and_drafts_have_audit_rows(service: Running) -> None:
    await approved(service)
    rows = await service.rows("select event from audit where event like 'trajectory.%' order by at")
    assert [row["event"] for row in rows] == ["trajectory.drafted", "trajectory.approved"]


class TestTheWindow:
    """Which months a share is counted over."""

    @pytest.fixture
    async def bay(self, databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
        """Four practices: one merges into another, one moves between communities, one is new."""
        practices = [
            a_practice("Z00001", within("east", until="2020-03-31"), within("west", since="2020-04-01")),
            a_practice(
                "Z00002",
                within("east"),
                valid_to="2019-09-30",
                successor={"practice": "Z00003", "from_day": "2019-10-01"},
            ),
            a_practice("Z00003", within("east")),
            a_practice("Z00004", within("west")),
        ]
        async with a_bay(databases, tmp_path, practices) as made:
            await planned(made)
            yield made

    async def test_history_follows_the_successor_and_moves_with_the_practice(self, bay: Running) -> None:
        monthly: dict[str, list[int | None]] = {
            "Z00001": [10] * 12,
            "Z00002": [20] * 6,
            "Z00003": [*[5] * 6, *[26] * 6],
            "Z00004": [40] * 12,
        }
        await happened(bay, monthly, YEAR)
        places = await whole(bay, await drafted(bay))
        assert {code: one["share"]["numerator"] for code, one in places.items()} == {
            "east": 306,
            "west": 600,
            "nowhere": 0,
            "Z00001": 120,
            "Z00003": 306,
            "Z00004": 480,
        }
        assert (places["east"]["months"][0]["integer"], places["west"]["months"][0]["integer"]) == (34, 66)

    async def test_a_late_month_slides_the_window_back_for_all(self, bay: Running) -> None:
        monthly: dict[str, list[int | None]] = {
            "Z00003": [30] * 14,
            "Z00004": [10] * 13 + [None],
        }
        await happened(bay, monthly, Month(2019, 2))
        version = await drafted(bay)
        assert version["window"] == {"from": "2019-03", "to": "2020-02"}
        assert version["blocked"] == ["2020-03"]
        assert (await whole(bay, version))["east"]["share"] == {
            "numerator": 360,
            "denominator": 480,
        }
        assert (await decide(bay, version)).status_code == 200

    async def test_excluded_months_count_nowhere(self, bay: Running) -> None:
        monthly: dict[str, list[int | None]] = {"Z00003": [*[30] * 11, 900], "Z00004": [10] * 12}
        await happened(bay, monthly, YEAR)
        version = await drafted(bay, excluded_months=["2020-03"], excluded_reason="The first wave")
        places = await whole(bay, version)
        assert (places["east"]["share"]["numerator"], places["west"]["share"]["numerator"]) == (330, 110)

    @pytest.mark.parametrize(
        ("rule", "numerator", "estimated"), [("literal", 45, False), ("annualised", 108, True)]
    )
    async def test_a_short_history_counts_as_it_is_or_as_if_it_had_gone_on(
        self, bay: Running, rule: str, numerator: int, estimated: bool
    ) -> None:
        monthly: dict[str, list[int | None]] = {"Z00003": [100] * 12, "Z00004": [None] * 7 + [9] * 5}
        await happened(bay, monthly, YEAR)
        places = await whole(bay, await drafted(bay, new_practices=rule))
        assert (places["Z00004"]["share"]["numerator"], places["Z00004"]["estimated"]) == (
            numerator,
            estimated,
        )
        assert (places["Z00003"]["months_seen"], places["Z00004"]["months_seen"]) == (12, 5)

    async def test_an_empty_window_gives_nobody_a_share(self, bay: Running) -> None:
        await happened(bay, {"Z00003": [0] * 12, "Z00004": [0] * 12}, YEAR)
        await approved(bay)
        (item, *_) = (await in_force(bay, community="east", from_="2020-04", to="2020-04"))["items"]
        assert (item["share"], item["integer"], item["reason"]) == (None, None, "undefined-share")


async def test_the_worker_drafts_missed_quarters_and_the_remaining_months_of_a_revised_plan(
    databases: Databases, tmp_path: Path
) -> None:
    october = datetime(2020, 10, 1, 8, 0, tzinfo=UTC)
    async with a_bay(databases, tmp_path, TWO, clock=lambda: october) as service:
        await happened(service, {"Z00001": [50] * 19, "Z00002": [950] * 19}, Month(2019, 1))
        await planned(service)
        await service.work()
        rows = await service.rows(
            "select effective_from, drafted_by, window_last from trajectory_version order by effective_from"
        )
        assert [str(row["effective_from"]) for row in rows] == ["2020-04-01", "2020-07-01", "2020-10-01"]
        assert {row["drafted_by"] for row in rows} == {None}
        assert [str(row["window_last"]) for row in rows] == ["2020-01-01", "2020-04-01", "2020-07-01"]
        await service.work()
        assert len(await service.rows("select 1 from trajectory_version")) == 3
        listed = (await get(service, "/v1/trajectory-versions", status="draft")).json()["items"]
        for version in listed:
            assert (await decide(service, version)).status_code == 200
        months = {str(Month(2020, 4) + at): 100 if at < 8 else 40 for at in range(12)}
        await planned(service, months=months)
        await service.work()
        (revision,) = (await get(service, "/v1/trajectory-versions", status="draft")).json()["items"]
        assert revision["effective_from"] == "2020-12"
