"""A council's file over HTTP: accepted or rejected, with what it says and what it changes."""

import json

from tests.outcomes.builders import ROUTES_CSV, WRONG, long_csv
from tests.outcomes.sending import FEED, XLSX, assessments, cells, post, send, submission
from tests.support.quarter import (
    ASSESSMENTS,
    COMMUNITIES,
    PERIOD,
    as_csv,
    as_xlsx,
    outcomes_table,
    routes_table,
)
from tests.support.running import Running


async def test_the_quarter_is_accepted_and_becomes_figures(outcomes: Running) -> None:
    found = await send(outcomes, ROUTES_CSV)
    assert found["status"] == "accepted"
    assert found["rows"] == {"read": 66, "accepted": 66, "rejected": 0, "skipped": 0}
    assert found["totals"] == {
        "stated": 472,
        "computed": 472,
        "reconciled": True,
        "tables": {"routes": {"stated": 472, "computed": 472, "reconciled": True}},
    }
    assert (found["period"], found["council"], found["progress"]) == (PERIOD, "cumbria", 1.0)
    assert {slug: await assessments(outcomes, slug) for slug in ASSESSMENTS} == ASSESSMENTS


async def test_both_tables_in_one_workbook_publish_the_counts_of_both(outcomes: Running) -> None:
    found = await send(outcomes, as_xlsx(routes_table(), outcomes_table()), media_type=XLSX)
    assert found["totals"]["stated"] == 472
    assert set(found["totals"]["tables"]) == {"routes", "outcomes"}
    published = await outcomes.rows("select distinct measure from fact_cell order by measure")
    assert [row["measure"] for row in published] == ["reablement-assessments", "reablement-outcomes"]
    counts = await cells(outcomes, "reablement-outcomes", place="kendal")
    assert [counts[month, "outcome=plan"] for month in ("2020-01", "2020-02", "2020-03")] == [
        (23, None),
        (17, None),
        (26, None),
    ]


async def test_the_outcomes_alone_publish_no_assessments(outcomes: Running) -> None:
    await send(outcomes, as_csv(outcomes_table()), period=PERIOD)
    assert await cells(outcomes, "reablement-assessments", place="kendal") == {}
    assert (await cells(outcomes, "reablement-outcomes", place="kendal"))["2020-01", "outcome=plan"] == (
        23,
        None,
    )


async def test_a_rejected_file_leaves_the_old_figures_standing(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    rejected = await send(outcomes, WRONG)
    assert rejected["status"] == "rejected"
    assert rejected["rows"] == {"read": 66, "accepted": 0, "rejected": 66, "skipped": 0}
    assert rejected["errors"][0]["column"] == COMMUNITIES["barrow"]
    assert await assessments(outcomes, "barrow") == ASSESSMENTS["barrow"]
    assert await outcomes.rows("select 1 from feed_figure where submission_id = $1", rejected["id"]) == []


async def test_a_note_is_checked_and_left_behind_and_no_file_is_kept(outcomes: Running) -> None:
    header = "period,icc,category,count,note"
    noted = long_csv("2020-01,kendal,community,19,Mrs Postlethwaite came home", header=header)
    named = long_csv("2020-01,kendal,community,19,patient 943 476 5919", header=header)
    accepted, rejected = await send(outcomes, noted), await send(outcomes, named)
    assert (accepted["status"], rejected["errors"][0]["code"]) == ("accepted", "file.pii_detected")
    kept = await outcomes.rows("select f::text as row from feed_figure f")
    assert len(kept) == 1
    assert "Postlethwaite" not in kept[0]["row"]
    assert await outcomes.rows("select 1 from feed_file") == []


async def test_what_was_read_is_kept_figure_by_figure_with_its_cell(outcomes: Running) -> None:
    workbook = as_xlsx(outcomes_table(), routes_table())
    found = await send(outcomes, workbook, media_type=XLSX, period="2019-20-Q4")
    address = f"{FEED}/{found['id']}/figures"
    council = outcomes.token("council-feed", org="cumbria")
    read, at = [], f"{address}?limit=50"
    while at:
        page = (await outcomes.client.get(at, headers=council)).json()
        read += page["items"]
        at = f"{address}?limit=50&cursor={page['next']}" if page["next"] else ""
    assert len(read) == found["rows"]["read"] == 132
    barrow = {"table": "routes", "month": "2020-01", "place": "barrow", "category": "community", "count": 46}
    assert {**barrow, "sheet": "Sheet2", "cell": "B3"} in read
    for stranger, status in (
        (outcomes.token("operator"), 403),
        (outcomes.token("council-feed", org="lancashire"), 404),
    ):
        assert (await outcomes.client.get(address, headers=stranger)).status_code == status


async def test_a_file_waits_sealed_until_it_is_decided(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    (waiting,) = await outcomes.rows("select content, sealed from feed_file")
    assert waiting["content"] is None
    assert b"Kendal" not in bytes(waiting["sealed"])
    assert len(waiting["sealed"]) >= len(ROUTES_CSV)
    await outcomes.work()
    assert (await submission(outcomes, location))["status"] == "accepted"
    assert await outcomes.rows("select 1 from feed_file") == []


async def test_a_file_that_an_earlier_release_received_is_read_too(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    await outcomes.rows("update feed_file set content = $1, sealed = null", ROUTES_CSV)
    await outcomes.work()
    assert (await submission(outcomes, location))["totals"]["stated"] == 472


async def test_validating_only_tells_everything_and_stores_nothing(outcomes: Running) -> None:
    good = await post(outcomes, ROUTES_CSV, validate_only="true")
    bad = await post(outcomes, WRONG, validate_only="true")
    assert (good.status_code, good.json()["totals"]["stated"], good.json()["id"]) == (200, 472, None)
    assert (bad.status_code, bad.json()["errors"][0]["row"]) == (422, 3)
    assert "submission" not in bad.json()
    assert await outcomes.rows("select 1 from feed_submission") == []


async def test_json_rows_are_accepted_like_a_file(outcomes: Running) -> None:
    rows = [{"period": "2020-01", "icc": "kendal", "category": "community", "count": 19}]
    found = await send(outcomes, json.dumps({"rows": rows}).encode(), media_type="application/json")
    assert (found["status"], found["period"]) == ("accepted", "2020-01")


async def test_every_step_of_a_submission_is_audited(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    await send(outcomes, WRONG)
    rows = await outcomes.rows("select event from audit where event like 'submission.%' order by event")
    assert [row["event"] for row in rows] == [
        "submission.accepted",
        "submission.received",
        "submission.received",
        "submission.rejected",
    ]


async def test_a_fact_says_which_submission_it_came_from(outcomes: Running) -> None:
    found = await send(outcomes, ROUTES_CSV)
    rows = await outcomes.rows(
        "select distinct source, provenance->>'submission' as submission, provenance->>'feed' as feed from fact_cell"
    )
    assert [tuple(row) for row in rows] == [("cumbria", found["id"], "reablement")]
