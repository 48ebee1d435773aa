"""Promises of monthly counts: whole or not at all, every fault named, and a month that comes again replaces what stood."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.ids import new_id
from shared.service.platform import utc_now
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.activity.sending import (
    ADDRESS,
    AFTER,
    CLOSED,
    EAST,
    FAR,
    LONE,
    OUTSIDE,
    WEST,
    a_system,
    codes,
    counts,
    figures,
    refused,
    send,
    sent,
    shown,
)
from tests.trajectories.shares.a_bay import get

ADMISSIONS = "non-elective-admissions"


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A small system on 20 May 2021."""
    async with a_system(databases, tmp_path) as made:
        yield made


async def test_counts_are_answered_as_soon_as_they_are_acknowledged(service: Running) -> None:
    body = await sent(service, counts(f"2021-01,{EAST},10", f"2021-01,{WEST},7", f"2021-02,{EAST},12"))
    assert (body["status"], body["period"], body["figures"]) == ("accepted", "2021-01/2021-02", 3)
    assert body["rows"] == {"read": 3, "accepted": 3, "rejected": 0}
    points = await shown(service, ADMISSIONS, "2021-01")
    assert {place: (one["value"], one["status"]) for place, one in points.items()} == {
        "east": (10, "final"),
        "west": (7, "partial"),
    }
    (origin,) = (
        await get(service, "/v1/performance", measure=ADMISSIONS, **{"from": "2021-01", "to": "2021-01"})
    ).json()["provenance"]
    assert (origin["source"], origin["feed"], origin["submission"]) == (
        "trajectories",
        "activity",
        body["id"],
    )


async def test_the_header_may_be_in_any_order_and_case(service: Running) -> None:
    await sent(service, '\ufeff Count ,MONTH,Practice\r\n"1,234",2021-01-01, z00001 \r\n\r\n')
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 1234}


async def test_json_lines_say_the_same_as_csv(service: Running) -> None:
    lines = f'{{"month":"2021-01","practice":"{EAST}","count":10}}\n{{"count":3,"practice":"{WEST}","month":"2021-01"}}\n'
    await sent(service, lines, form="application/x-ndjson")
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 10, ("2021-01", WEST, ""): 3}


FAULTS = [
    (f"2021-01,{EAST},-1", "count", "number.range"),
    (f"2021-01,{EAST},1000000001", "count", "number.range"),
    (f"2021-01,{EAST},1e12", "count", "number.range"),
    (f"2021-01,{EAST},1000000000000", "count", "number.range"),
    (f"2021-01,{EAST},1.5", "count", "number.integer_required"),
    (f"2021-01,{EAST},", "count", "number.required"),
    (f"2021-01,{EAST},<5", "count", "number.suppressed"),
    (f"2021-01,{EAST},*", "count", "number.suppressed"),
    (f"2021-01,{EAST},many", "count", "number.format"),
    (f"2021-06,{EAST},1", "month", "date.future"),
    (f"2021-02-31,{EAST},1", "month", "date.invalid"),
    (f"2021-13,{EAST},1", "month", "date.invalid"),
    (f"2021-02-02,{EAST},1", "month", "date.format"),
    (f"January,{EAST},1", "month", "date.format"),
    (f"1066-10,{EAST},1", "month", "date.implausible"),
    ("2021-01,Z0001,1", "practice", "ods.format"),
    ("2021-01,Z99999,1", "practice", "ods.unknown"),
    ("2021-01,,1", "practice", "row.required"),
    ("2021-01,Total,1", "practice", "file.total_row"),
    (f"2021-01,{EAST}", None, "row.field_count"),
]


async def test_each_fault_is_named_with_its_place_and_nothing_is_taken(service: Running) -> None:
    content = counts(f"2021-01,{WEST},7", *(row for row, _, _ in FAULTS))
    named = [(number, column, code) for number, (_, column, code) in enumerate(FAULTS, start=3)]
    assert codes(await refused(service, content)) == named


@pytest.mark.parametrize(
    "header", ["month," * 50_000, "month" + ",month" * 50_000, ",".join(f"c{at}" for at in range(50_000))]
)
async def test_tens_of_thousands_of_columns_are_refused_as_fast_as_few(service: Running, header: str) -> None:
    answer = await send(service, f"{header}\n2021-01,{EAST},1\n")
    assert (answer.status_code, answer.json()["errors_total"] >= 50_000) == (422, True)


async def test_all_faults_are_named_at_once_and_can_be_read_later(service: Running) -> None:
    content = counts(
        f"2021-02-31,{EAST},-1",
        f"2021-01,{WEST},7",
        f"2021-01,{WEST},7",
        f"2021-01,{WEST},8",
        "2021-01,Z00009,1",
    )
    answer = await send(service, content)
    body = answer.json()
    assert codes(body["errors"]) == [
        (2, "month", "date.invalid"),
        (2, "count", "number.range"),
        (4, "practice", "row.duplicate"),
        (5, "practice", "row.conflict"),
        (6, "practice", "ods.unknown"),
    ]
    assert "Z0000" in body["errors"][-1]["detail"]
    location = answer.headers["location"]
    assert location == f"{ADDRESS}/{body['submission']}"
    read = (await get(service, location)).json()
    assert (read["status"], read["errors_total"], read["figures"]) == ("rejected", 5, 0)
    table = (await get(service, f"{location}/errors.csv")).text
    assert table.splitlines()[1].startswith("2,month,date.invalid,")
    assert await figures(service, ADMISSIONS) == {}


async def test_an_unknown_measure_and_one_that_is_not_sent_are_refused(service: Running) -> None:
    for measure in ("non-elective-admision", "reablement-assessments"):
        answer = await send(service, counts(f"2021-01,{EAST},1"), measure=measure)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/measure")


async def test_a_month_that_comes_again_replaces_what_stood_whatever_its_breakdown(service: Running) -> None:
    first = await sent(service, counts(f"2021-01,{EAST},10", f"2021-02,{EAST},20"))
    by_age = counts(
        f"2021-01,{EAST},4,65-74", f"2021-01,{EAST},8,85+", columns="month,practice,count,age_band"
    )
    second = await sent(service, by_age)
    assert await figures(service, ADMISSIONS) == {
        ("2021-01", EAST, "age=65-74"): 4,
        ("2021-01", EAST, "age=85-and-over"): 8,
        ("2021-02", EAST, ""): 20,
    }
    assert second["changes"] == [
        {"measure": ADMISSIONS, "place": EAST, "month": "2021-01", "was": 10, "is": 12}
    ]
    assert [one["code"] for one in second["warnings"]] == ["figure.restated"]
    assert (second["supersedes"], second["superseded"]) == (first["id"], [first["id"]])
    read = (await get(service, f"{ADDRESS}/{first['id']}")).json()
    assert read["superseded_by"] == second["id"]
    by_sex = counts(f"2021-01,{EAST},5,female", f"2021-01,{EAST},6,male", columns="month,practice,count,sex")
    await sent(service, by_sex)
    assert await figures(service, ADMISSIONS) == {
        ("2021-01", EAST, ""): 11,
        ("2021-01", EAST, "sex=female"): 5,
        ("2021-01", EAST, "sex=male"): 6,
        ("2021-02", EAST, ""): 20,
    }
    assert (await shown(service, ADMISSIONS, "2021-01"))["east"]["value"] == 11


async def test_what_two_suppliers_say_of_one_month_is_never_added(service: Running) -> None:
    await sent(service, counts(f"2021-01,{EAST},10"))
    await sent(service, counts(f"2021-01,{EAST},12"), role="hospital-system")
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 12}


async def test_the_same_bytes_in_force_are_the_same_submission(service: Running) -> None:
    content = counts(f"2021-01,{EAST},10")
    first = await sent(service, content)
    assert (await sent(service, content))["id"] == first["id"]
    await sent(service, counts(f"2021-01,{EAST},11"))
    again = await sent(service, content)
    assert again["id"] != first["id"]
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 10}


async def test_a_key_brings_its_first_answer_and_another_file_is_refused(service: Running) -> None:
    key, content = str(new_id()), counts(f"2021-01,{EAST},10")
    first = await send(service, content, key=key)
    again = await send(service, content, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await send(service, counts(f"2021-01,{EAST},11"), key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 10}


async def test_the_key_of_a_refused_file_is_free_for_the_mended_one(service: Running) -> None:
    key = str(new_id())
    assert (await send(service, counts(f"2021-01,{EAST},-1"), key=key)).status_code == 422
    assert (await send(service, counts(f"2021-01,{EAST},1"), key=key)).status_code == 200


async def test_a_file_can_be_checked_without_storing_anything(service: Running) -> None:
    await sent(service, counts(f"2021-01,{EAST},10"))
    body = await sent(service, counts(f"2021-01,{EAST},20"), validate_only="true")
    assert (body["id"], body["validate_only"], body["changes"][0]["is"]) == (None, True, 20)
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 10}
    (stored,) = await service.rows("select count(*) from activity_submission")
    assert stored[0] == 1


async def test_a_closed_practice_counts_to_its_successor_from_the_handover(service: Running) -> None:
    await sent(service, counts(f"2020-06,{CLOSED},5", f"2020-07,{CLOSED},6", f"2020-07,{AFTER},10"))
    assert await figures(service, ADMISSIONS) == {("2020-06", CLOSED, ""): 5, ("2020-07", AFTER, ""): 16}
    await sent(service, counts(f"2020-07,{AFTER},20"))
    assert await figures(service, ADMISSIONS) == {("2020-06", CLOSED, ""): 5, ("2020-07", AFTER, ""): 26}
    await sent(service, counts(f"2020-07,{CLOSED},1"))
    assert (await figures(service, ADMISSIONS))["2020-07", AFTER, ""] == 21


async def test_known_practices_outside_count_to_one_line_each_replacing_its_own(service: Running) -> None:
    await sent(service, counts(f"2021-01,{OUTSIDE},5", f"2021-01,{FAR},6", f"2021-01,{LONE},3"))
    await sent(service, counts(f"2021-01,{FAR},1"))
    assert await figures(service, ADMISSIONS) == {("2021-01", "elsewhere", ""): 6, ("2021-01", LONE, ""): 3}
    assert (await shown(service, ADMISSIONS, "2021-01", community="nowhere"))["nowhere"]["value"] == 3
    assert (await shown(service, ADMISSIONS, "2021-01", community="the-bay"))["the-bay"]["value"] == 3


async def test_what_was_known_before_stays_askable_and_a_rebuild_changes_nothing(
    databases: Databases, tmp_path: Path
) -> None:
    async with a_system(databases, tmp_path, clock=utc_now) as service:
        await check_what_was_known(service)


async def check_what_was_known(service: Running) -> None:
    await sent(service, counts(f"2021-01,{EAST},10"))
    (row,) = await service.rows("select max(known_at) as at from kept_cell")
    await sent(service, counts(f"2021-01,{EAST},30"))
    asked = {"as_at": row["at"].isoformat()}

    async def known() -> tuple[int, int]:
        then = await shown(service, ADMISSIONS, "2021-01", **asked)
        now = await shown(service, ADMISSIONS, "2021-01")
        return then["east"]["value"], now["east"]["value"]

    assert await known() == (10, 30)
    headers = {**service.token("operator"), "Idempotency-Key": "again"}
    answer = await service.client.post("/v1/operations/facts/rebuild", headers=headers)
    assert answer.status_code == 202
    await service.work()
    assert await known() == (10, 30)


async def test_rates_are_divided_by_the_lists_that_are_known_and_again_when_lists_come(
    service: Running,
) -> None:
    rate = "gp-appointments"
    body = await sent(service, counts(f"2021-01,{EAST},50"), measure=rate)
    assert [one["code"] for one in body["warnings"]] == ["denominator.unknown"]
    assert (await shown(service, rate, "2021-01"))["east"]["value"] is None
    lists = counts(
        f"2021-01,{EAST},400,18-24",
        f"2021-01,{EAST},600,85-and-over",
        columns="month,practice,count,age_band",
    )
    await sent(service, lists, measure="registered")
    assert await figures(service, rate) == {("2021-01", EAST, ""): (50, 1000)}
    assert (await shown(service, rate, "2021-01"))["east"]["value"] == 50
    by_age = counts(
        f"2021-01,{EAST},20,18-24", f"2021-01,{EAST},30,85-and-over", columns="month,practice,count,age_band"
    )
    await sent(service, by_age, measure=rate)
    assert await figures(service, rate) == {
        ("2021-01", EAST, "age=18-24"): (20, 400),
        ("2021-01", EAST, "age=85-and-over"): (30, 600),
    }
    await sent(
        service, counts(f"2021-01,{EAST},50,2000", columns="month,practice,count,denominator"), measure=rate
    )
    await sent(service, counts(f"2021-01,{EAST},999"), measure="registered")
    assert await figures(service, rate) == {("2021-01", EAST, ""): (50, 2000)}


async def test_only_who_may_write_activity_sends_it_and_others_see_nothing(service: Running) -> None:
    answer = await send(service, counts(f"2021-01,{EAST},10"), role="dashboard")
    assert answer.status_code == 403
    body = await sent(service, counts(f"2021-01,{EAST},10"))
    assert (await get(service, ADDRESS, "dashboard")).status_code == 403
    stranger = service.token("hospital-system", org="RXX")
    answer = await service.client.get(f"{ADDRESS}/{body['id']}", headers=stranger)
    assert answer.status_code == 404
    assert (await service.client.get(ADDRESS, headers=stranger)).json()["items"] == []
    assert [one["id"] for one in (await get(service, ADDRESS)).json()["items"]] == [body["id"]]


async def test_a_key_and_a_known_media_type_are_needed(service: Running) -> None:
    headers = {**service.token("analyst"), "Content-Type": "text/csv"}
    answer = await service.client.post(ADDRESS, content="x", headers=headers)
    assert answer.status_code == 400
    assert (await send(service, "{}", form="application/json")).status_code == 415


async def test_templates_name_every_column(service: Running) -> None:
    answer = await get(service, "/v1/activity/template", kind="attendances")
    assert answer.text == "attended_on,practice,type,age,planned\r\n"


async def test_who_sent_a_file_is_in_the_audit_and_no_figure_is(service: Running) -> None:
    body = await sent(service, counts(f"2021-01,{EAST},4711"))
    rows = await service.rows(
        "select event, resource_id, detail::text from audit where event like 'activity.%'"
    )
    ((event, resource, detail),) = [tuple(row) for row in rows]
    assert (event, resource) == ("activity.accepted", body["id"])
    assert "4711" not in detail


async def test_a_practice_without_a_list_does_not_raise_the_rate_of_all(service: Running) -> None:
    rate = "gp-appointments"
    await sent(service, counts(f"2021-01,{EAST},1000"), measure="registered")
    await sent(service, counts(f"2021-01,{EAST},50", f"2021-01,{WEST},70"), measure=rate)
    points = await shown(service, rate, "2021-01", community="the-bay,east,west")
    assert {place: (one["value"], one["numerator"], one["status"]) for place, one in points.items()} == {
        "the-bay": (50, 50, "partial"),
        "east": (50, 50, "final"),
        "west": (None, 70, "partial"),
    }


async def test_the_same_bytes_of_another_client_are_a_submission_of_its_own(service: Running) -> None:
    rows = f"month,practice,count\n2021-01,{EAST},10\n".encode()
    first = (await send(service, rows)).json()
    hospital = await service.client.post(
        ADDRESS,
        content=rows,
        headers={
            **service.token("hospital-system", org="RTX"),
            "Idempotency-Key": "theirs",
            "Content-Type": "text/csv",
        },
    )
    assert hospital.status_code == 200, hospital.text
    assert hospital.json()["id"] != first["id"]
    assert await figures(service, "non-elective-admissions") == {("2021-01", EAST, ""): 10}
