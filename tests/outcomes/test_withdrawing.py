"""What a return does not say stays as it was: nothing in force is withdrawn for other months, unless its sender asks."""

import asyncio

import pytest

from tests.outcomes.builders import ROUTES_CSV, codes, long_csv, read
from tests.outcomes.sending import assessments, cells, checked, post, send
from tests.support.quarter import ASSESSMENTS, as_csv, routes_table
from tests.support.running import Running

SPRING = tuple(f"2022-{month},kendal,community,{count}" for month, count in (("04", 9), ("05", 8), ("06", 7)))
WINTER = tuple(f"2023-{month},kendal,community,{count}" for month, count in (("01", 4), ("02", 5), ("03", 6)))
MISTYPED = "2022-12,kendal,hospital,3"


async def kendal(outcomes: Running) -> dict[str, int]:
    """Kendal's assessments in force, by month."""
    found = await cells(outcomes, "reablement-assessments", place="kendal")
    return {month: count for (month, _), (count, _) in sorted(found.items())}


async def test_one_mistyped_month_neither_makes_a_year_of_a_quarter_nor_withdraws_another(
    outcomes: Running,
) -> None:
    await send(outcomes, long_csv(*SPRING))
    said = await send(outcomes, long_csv(*WINTER, MISTYPED))
    assert (said["status"], said["period"]) == ("rejected", None)
    (error,) = said["errors"]
    assert (error["code"], error["cell"], error["column"]) == ("file.header", "A5", "period")
    assert "2022-23-Q4 (2023-01, 2023-02, 2023-03: 3 rows), 2022-23-Q3 (2022-12: 1 row)" in error["detail"]
    assert "?period=2022-23" in error["detail"]
    assert await kendal(outcomes) == {"2022-04": 9, "2022-05": 8, "2022-06": 7}


async def test_a_year_that_is_asked_for_takes_over_only_the_months_that_its_rows_speak_of(
    outcomes: Running,
) -> None:
    spring = await send(outcomes, long_csv(*SPRING))
    year = await send(outcomes, long_csv(*WINTER, "2022-04,kendal,community,1"), period="2022-23")
    assert (year["status"], year["supersedes"]) == ("accepted", spring["id"])
    assert await kendal(outcomes) == {
        "2022-04": 1,
        "2022-05": 8,
        "2022-06": 7,
        "2023-01": 4,
        "2023-02": 5,
        "2023-03": 6,
    }
    missing, kept = (warning["detail"] for warning in year["warnings"])
    assert "no figures for 2022-07, 2022-08" in missing
    assert "no figures for 2022-05, 2022-06 of 2022-23; what was sent for them before stays in force" in kept
    assert "?withdraw=2022-05,2022-06" in kept


async def test_a_printed_quarter_without_a_month_leaves_that_month_as_it_was(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    rows = routes_table()
    without = [*rows[:6], *rows[10:-1]]
    said = await send(outcomes, as_csv(without))
    assert said["status"] == "accepted", said["errors"]
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]
    assert "2020-02 of 2019-20-Q4; what was sent" in said["warnings"][-1]["detail"]


async def test_a_month_of_nothing_but_blanks_is_a_template_not_filled_in(outcomes: Running) -> None:
    await send(outcomes, long_csv(*WINTER))
    said = await send(outcomes, long_csv("2023-01,kendal,community,1", "2023-02,kendal,community,"))
    assert said["rows"]["accepted"] == 2
    assert await kendal(outcomes) == {"2023-01": 1, "2023-02": 5, "2023-03": 6}


async def test_a_table_that_a_file_does_not_hold_in_a_month_stays(outcomes: Running) -> None:
    await send(outcomes, long_csv(*WINTER, "2023-01,kendal,plan,4", "2023-02,kendal,plan,5"))
    await send(outcomes, long_csv(*WINTER, "2023-01,kendal,plan,3"))
    found = await cells(outcomes, "reablement-outcomes", place="kendal")
    assert found == {("2023-01", "outcome=plan"): (3, None), ("2023-02", "outcome=plan"): (5, None)}


async def test_months_that_the_sender_withdraws_go_out_of_force_and_are_told_before(
    outcomes: Running,
) -> None:
    wrong = await send(outcomes, long_csv("2022-12,kendal,community,3"))
    spring = await send(outcomes, long_csv(*SPRING))
    content = long_csv(*WINTER)
    looked_at = await checked(outcomes, content, withdraw="2022-12, 2022-04")
    said = await send(outcomes, content, withdraw="2022-12, 2022-04")
    for one in (looked_at, said):
        assert (one["withdraw"], one["warnings"]) == (["2022-04", "2022-12"], [])
        assert one["supersedes"] == spring["id"]
    assert await kendal(outcomes) == {
        "2022-05": 8,
        "2022-06": 7,
        "2023-01": 4,
        "2023-02": 5,
        "2023-03": 6,
    }
    history = await outcomes.rows("select id, live from feed_submission where superseded_by = $1", said["id"])
    assert {str(row["id"]): row["live"] for row in history} == {wrong["id"]: False, spring["id"]: False}
    restored = await send(outcomes, long_csv(*SPRING))
    assert restored["id"] != spring["id"]
    assert (await kendal(outcomes))["2022-04"] == 9


async def test_the_same_bytes_that_withdraw_a_month_are_a_submission_of_their_own(outcomes: Running) -> None:
    await send(outcomes, long_csv(*SPRING))
    content = long_csv(*WINTER)
    first = await send(outcomes, content, key="k")
    reused = await post(outcomes, content, key="k", withdraw="2022-04")
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency.body_mismatch")
    second = await send(outcomes, content, withdraw="2022-04")
    assert second["supersedes"] == first["id"]
    for query in ({}, {"withdraw": "2022-04"}):
        assert (await post(outcomes, content, **query)).json()["id"] == second["id"]
    assert "2022-04" not in await kendal(outcomes)


async def test_of_the_same_bytes_posted_at_once_with_and_without_a_withdrawal_each_part_is_in_force_once(
    outcomes: Running,
) -> None:
    await send(outcomes, long_csv(*SPRING))
    content = long_csv(*WINTER)
    asked = [{"withdraw": "2022-04"}, {}, {"withdraw": "2022-05"}, {}, {"withdraw": "2022-04"}]
    answers = await asyncio.gather(*(post(outcomes, content, **query) for query in asked))
    assert {answer.status_code for answer in answers} == {202}
    await outcomes.work()
    counted = await outcomes.rows(
        "select month, count(*) filter (where in_force) as times from feed_coverage group by month order by month"
    )
    assert [row["times"] for row in counted] == [1] * 6
    assert "2022-04" not in await kendal(outcomes)
    assert {month: count for month, count in (await kendal(outcomes)).items() if month > "2023"} == {
        "2023-01": 4,
        "2023-02": 5,
        "2023-03": 6,
    }


async def test_a_withdrawal_of_what_does_not_stand_is_told(outcomes: Running) -> None:
    said = await send(outcomes, long_csv(*WINTER), withdraw="2022-04,2023-01")
    (warning,) = said["warnings"]
    assert "Nothing is in force for 2022-04, 2023-01" in warning["detail"]


async def test_the_past_of_a_withdrawal_comes_out_the_same_after_a_rebuild(outcomes: Running) -> None:
    await send(outcomes, long_csv(*SPRING))
    await send(outcomes, long_csv(*WINTER), withdraw="2022-04")
    versions = "select measure, month, place, numerator, known_at, replaced_at from fact_cell order by known_at, month"
    before = [tuple(row) for row in await outcomes.rows(versions)]
    headers = {"Idempotency-Key": "r", **outcomes.token("operator")}
    await outcomes.client.post("/v1/operations/facts/rebuild", headers=headers)
    await outcomes.work()
    assert [tuple(row) for row in await outcomes.rows(versions)] == before


@pytest.mark.parametrize("asked", ["2022-04,", "april", "2022-13", "2022-04;2022-05"])
async def test_months_to_withdraw_are_written_as_months(outcomes: Running, asked: str) -> None:
    answer = await post(outcomes, long_csv(*WINTER), withdraw=asked)
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [
        ("date.format", "/withdraw")
    ]


@pytest.mark.parametrize(
    ("months", "label"),
    [(["2020-01"], "2020-01"), (["2020-01", "2020-03"], "2019-20-Q4")],
)
def test_the_period_is_the_month_or_the_quarter_that_holds_every_row(months: list[str], label: str) -> None:
    reading = read(long_csv(*(f"{month},kendal,community,1" for month in months)))
    assert (codes(reading), str(reading.period)) == ([], label)


@pytest.mark.parametrize(
    ("months", "mend"),
    [
        (["2019-04", "2020-03"], "send the file with ?period=2019-20."),
        (["2020-03", "2020-04"], "send one file for each financial year"),
    ],
)
def test_a_period_longer_than_a_quarter_is_never_inferred(months: list[str], mend: str) -> None:
    reading = read(long_csv(*(f"{month},kendal,community,1" for month in months)))
    assert codes(reading) == ["file.header"]
    assert mend in reading.findings.errors[0].detail
