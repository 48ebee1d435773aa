"""A council's file over HTTP: received, decided, watched, superseded; and who may see it."""

import asyncio
import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from services.outcomes import worker
from services.outcomes.submissions.jobs import READ_SUBMISSION
from shared.work import Job, claims, run_worker
from shared.work.claims import FencedError
from tests.outcomes.builders import heavy_json, long_csv, routes_csv
from tests.outcomes.sending import FEED, XLSX, assessments, cells, post, send, submission
from tests.support.quarter import (
    ASSESSMENTS,
    COMMUNITIES,
    PERIOD,
    ROUTES,
    as_csv,
    as_xlsx,
    outcomes_table,
    routes_table,
)
from tests.support.running import Running

ROUTES_CSV = as_csv(routes_table())
WRONG = routes_csv(row=3, column=1, to=47)


def corrected() -> bytes:
    """The routes with one assessment more in Kendal in January, and totals that say so."""
    january = {**ROUTES["January"], "Community": (46, 5, 24, 10, 20, 16)}
    return as_csv(routes_table({**ROUTES, "January": january}))


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


async def test_the_answer_is_held_until_the_file_is_read(outcomes: Running) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(
        run_worker(
            outcomes.platform,
            kinds=worker.kinds(),
            periodics=worker.periodics(outcomes.platform),
            sweep=timedelta(milliseconds=50),
            stop=stop,
        )
    )
    try:
        accepted = await post(outcomes, ROUTES_CSV, prefer="wait=30")
        assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
        assert accepted.headers["preference-applied"] == "wait=30"
        rejected = await post(outcomes, WRONG, prefer="wait=30")
    finally:
        stop.set()
        await working
    problem = rejected.json()
    assert rejected.status_code == 422
    assert rejected.headers["location"] == f"{FEED}/{problem['submission']}"
    assert problem["code"] == "row.totals_mismatch"
    assert (problem["errors"][0]["row"], problem["errors"][0]["column"]) == (3, COMMUNITIES["barrow"])
    assert problem["errors_total"] == len(problem["errors"]) == 3
    assert problem["detail"].startswith("3 errors; the first: ")


async def test_a_file_still_being_read_is_answered_with_where_to_watch_it(outcomes: Running) -> None:
    answer = await post(outcomes, ROUTES_CSV)
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert answer.headers["location"] == f"{FEED}/{answer.json()['id']}"
    assert answer.headers["preference-applied"] == "respond-async"


async def test_both_tables_in_one_workbook_publish_the_counts_of_both(outcomes: Running) -> None:
    found = await send(outcomes, as_xlsx(routes_table(), outcomes_table()), media_type=XLSX)
    assert found["totals"]["stated"] == 472
    assert set(found["totals"]["tables"]) == {"routes", "outcomes"}
    published = await outcomes.rows("select distinct measure from fact_cell order by measure")
    assert [row["measure"] for row in published] == ["reablement-assessments", "reablement-outcomes"]
    found = await cells(outcomes, "reablement-outcomes", place="kendal")
    assert [found[month, "outcome=plan"] for month in ("2020-01", "2020-02", "2020-03")] == [
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


async def test_a_resend_supersedes_and_the_first_file_sent_again_restores_the_first_figures(
    outcomes: Running,
) -> None:
    first = await send(outcomes, ROUTES_CSV)
    second = await send(outcomes, corrected())
    assert second["supersedes"] == first["id"]
    assert (await submission(outcomes, f"{FEED}/{first['id']}"))["superseded_by"] == second["id"]
    assert await assessments(outcomes, "kendal") == [28, 24, 35]
    third = await send(outcomes, ROUTES_CSV)
    assert third["id"] not in {first["id"], second["id"]}
    assert third["supersedes"] == second["id"]
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]


async def test_a_file_sent_again_after_one_that_still_waits_to_be_read_has_the_last_word(
    outcomes: Running,
) -> None:
    first = await send(outcomes, ROUTES_CSV)
    await post(outcomes, corrected())
    again = await send(outcomes, ROUTES_CSV)
    assert again["id"] != first["id"]
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]


async def test_a_figure_that_a_resend_no_longer_has_is_withdrawn(outcomes: Running) -> None:
    await send(outcomes, long_csv("2020-01,kendal,community,19", "2020-01,kendal,hospital,6"), period=PERIOD)
    await send(outcomes, long_csv("2020-01,kendal,community,19"), period=PERIOD)
    assert await cells(outcomes, "reablement-assessments", place="kendal") == {
        ("2020-01", "route=community"): (19, None)
    }


async def test_a_return_of_one_month_supersedes_that_month_alone(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    await send(outcomes, long_csv("2020-02,kendal,community,99"))
    assert await assessments(outcomes, "kendal") == [27, 99, 35]
    assert await assessments(outcomes, "barrow") == [50, 0, 47]


async def test_one_table_supersedes_only_itself(outcomes: Running) -> None:
    both = await send(outcomes, as_csv(routes_table(), outcomes_table()))
    again = await send(outcomes, corrected())
    assert again["supersedes"] == both["id"]
    assert (await cells(outcomes, "reablement-outcomes", place="kendal"))["2020-01", "outcome=plan"] == (
        23,
        None,
    )
    assert [warning["code"] for warning in again["warnings"]] == ["file.totals_mismatch"]
    assert "kendal, 2020-01" in again["warnings"][0]["detail"]


async def test_the_same_bytes_still_in_force_are_the_same_submission(outcomes: Running) -> None:
    first = await send(outcomes, ROUTES_CSV)
    before = await outcomes.rows("select max(seq) as seq from fact_cell")
    for query in ({}, {"period": PERIOD}):
        answer = await post(outcomes, ROUTES_CSV, **query)
        assert (answer.status_code, answer.json()["id"]) == (200, first["id"])
    await outcomes.work()
    assert await outcomes.rows("select max(seq) as seq from fact_cell") == before
    assert len(await outcomes.rows("select 1 from feed_submission")) == 1


async def test_ten_posts_of_the_same_file_at_once_are_one_submission(outcomes: Running) -> None:
    one_key = await asyncio.gather(*(post(outcomes, ROUTES_CSV, key="same") for _ in range(5)))
    own_keys = await asyncio.gather(*(post(outcomes, ROUTES_CSV) for _ in range(5)))
    assert {answer.status_code for answer in [*one_key, *own_keys]} == {202}
    assert len({answer.json()["id"] for answer in [*one_key, *own_keys]}) == 1
    assert len(await outcomes.rows("select 1 from work where kind = 'feed.read'")) == 1


async def test_a_repeated_key_replays_its_first_answer_whatever_came_after(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV, key="k")
    first = await post(outcomes, ROUTES_CSV, key="k")
    await send(outcomes, corrected())
    again = await post(outcomes, ROUTES_CSV, key="k")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert await assessments(outcomes, "kendal") == [28, 24, 35]


async def test_a_key_used_for_another_file_is_a_conflict(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV, key="k")
    for content, query in ((corrected(), {}), (ROUTES_CSV, {"period": PERIOD})):
        answer = await post(outcomes, content, key="k", **query)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_a_rejected_file_frees_its_key_for_the_mended_one(outcomes: Running) -> None:
    rejected = await send(outcomes, WRONG, key="k")
    mended = await send(outcomes, ROUTES_CSV, key="k")
    assert (rejected["status"], mended["status"]) == ("rejected", "accepted")


async def test_rejected_bytes_are_processed_anew(outcomes: Running) -> None:
    first = await send(outcomes, WRONG, key="k")
    second = await send(outcomes, WRONG, key="k")
    assert first["status"] == second["status"] == "rejected"
    assert first["id"] != second["id"]


async def test_a_file_overtaken_by_a_later_one_does_not_stand_before_it(outcomes: Running) -> None:
    """Two workers: the later file is decided first, the earlier one must not bring back what it said."""
    earlier = (await post(outcomes, ROUTES_CSV)).json()["id"]
    later = (await post(outcomes, corrected())).json()["id"]
    await outcomes.rows("update work set due_at = now() + interval '1 hour' where subject = $1", earlier)
    await outcomes.work()
    await outcomes.rows("update work set due_at = now() where subject = $1", earlier)
    await outcomes.work()
    found = await submission(outcomes, f"{FEED}/{earlier}")
    assert (found["status"], found["superseded_by"]) == ("accepted", later)
    assert await assessments(outcomes, "kendal") == [28, 24, 35]


async def test_validating_only_tells_everything_and_stores_nothing(outcomes: Running) -> None:
    good = await post(outcomes, ROUTES_CSV, validate_only="true")
    bad = await post(outcomes, WRONG, validate_only="true")
    assert (good.status_code, good.json()["totals"]["stated"], good.json()["id"]) == (200, 472, None)
    assert (bad.status_code, bad.json()["errors"][0]["row"]) == (422, 3)
    assert "submission" not in bad.json()
    assert await outcomes.rows("select 1 from feed_submission") == []


async def test_a_multipart_form_carries_the_file_in_one_part(outcomes: Running) -> None:
    headers = {
        "Idempotency-Key": "m",
        "Prefer": "respond-async",
        **outcomes.token("council-feed", org="cumbria"),
    }
    content = as_xlsx(routes_table())
    answer = await outcomes.client.post(
        FEED, headers=headers, files={"file": ("quarter.xlsx", content, "application/octet-stream")}
    )
    await outcomes.work()
    assert (await submission(outcomes, answer.headers["location"]))["totals"]["stated"] == 472


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"other": ("a.csv", b"x", "text/csv")}, "multipart.count"),
        ([("file", ("a.csv", b"x")), ("file", ("b.csv", b"y"))], "multipart.count"),
    ],
)
async def test_a_multipart_form_with_other_parts_is_refused(outcomes: Running, files: Any, code: str) -> None:
    headers = {"Idempotency-Key": "m", **outcomes.token("council-feed", org="cumbria")}
    answer = await outcomes.client.post(FEED, headers=headers, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_multipart_body_that_is_cut_off_is_refused(outcomes: Running) -> None:
    content = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nperiod,icc'
    answer = await post(outcomes, content, media_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.json()["code"]) == (400, "multipart.syntax")


async def test_json_rows_are_accepted_like_a_file(outcomes: Running) -> None:
    rows = [{"period": "2020-01", "icc": "kendal", "category": "community", "count": 19}]
    found = await send(outcomes, json.dumps({"rows": rows}).encode(), media_type="application/json")
    assert (found["status"], found["period"]) == ("accepted", "2020-01")


async def test_a_feed_needs_an_idempotency_key_and_a_known_media_type_and_period(outcomes: Running) -> None:
    council = outcomes.token("council-feed", org="cumbria")
    without = await outcomes.client.post(
        FEED, content=ROUTES_CSV, headers={"Content-Type": "text/csv", **council}
    )
    assert (without.status_code, without.json()["code"]) == (400, "idempotency.required")
    other = await post(outcomes, ROUTES_CSV, media_type="application/vnd.ms-excel")
    assert (other.status_code, other.json()["code"]) == (415, "content_type")
    period = await post(outcomes, ROUTES_CSV, period="2019-2020")
    assert (period.status_code, period.json()["code"]) == (422, "date.format")


@pytest.mark.parametrize("org", ["A82026", "barrow-borough", "nowhere", None])
async def test_only_a_council_that_sends_the_feed_may_send_it(outcomes: Running, org: str | None) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "k", **outcomes.token("council-feed", org=org)}
    answer = await outcomes.client.post(FEED, content=ROUTES_CSV, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


async def test_an_unknown_feed_is_not_found(outcomes: Running) -> None:
    headers = {
        "Content-Type": "text/csv",
        "Idempotency-Key": "k",
        **outcomes.token("council-feed", org="cumbria"),
    }
    answer = await outcomes.client.post("/v1/feeds/bins/submissions", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_submission_is_seen_by_its_council_its_communities_and_the_whole_bay_only(
    outcomes: Running,
) -> None:
    location = f"{FEED}/{(await send(outcomes, ROUTES_CSV))['id']}"
    seen = {
        "own council": outcomes.token("council-feed", org="cumbria"),
        "its community": outcomes.token("development-lead", communities=("kendal",)),
        "the Bay": outcomes.token("analyst"),
    }
    hidden = {
        "another council": outcomes.token("council-feed", org="lancashire"),
        "another community": outcomes.token("development-lead", communities=("lancaster",)),
    }
    statuses = {
        who: (await outcomes.client.get(location, headers=token)).status_code
        for who, token in {**seen, **hidden}.items()
    }
    assert statuses == {**dict.fromkeys(seen, 200), **dict.fromkeys(hidden, 404)}
    dashboard = await outcomes.client.get(location, headers=outcomes.token("dashboard"))
    assert dashboard.status_code == 403
    foreign = await outcomes.client.get(
        FEED, params={"council": "cumbria"}, headers=hidden["another council"]
    )
    assert (foreign.status_code, foreign.json()["code"]) == (403, "scope")


async def test_the_list_is_cut_into_pages_newest_first(outcomes: Running) -> None:
    sent = [(await send(outcomes, content))["id"] for content in (ROUTES_CSV, corrected(), WRONG)]
    headers = outcomes.token("analyst")
    first = (await outcomes.client.get(FEED, params={"limit": "2"}, headers=headers)).json()
    second = (
        await outcomes.client.get(FEED, params={"limit": "2", "cursor": first["next"]}, headers=headers)
    ).json()
    assert [item["id"] for item in [*first["items"], *second["items"]]] == sent[::-1]
    assert second["next"] is None
    rejected = (await outcomes.client.get(FEED, params={"status": "rejected"}, headers=headers)).json()
    assert [item["id"] for item in rejected["items"]] == [sent[2]]


async def test_the_errors_come_as_csv_that_is_safe_in_a_spreadsheet(outcomes: Running) -> None:
    found = await send(outcomes, routes_csv(row=1, column=1, to='=HYPERLINK("x")'))
    answer = await outcomes.client.get(
        f"{FEED}/{found['id']}/errors.csv",
        headers={**outcomes.token("council-feed", org="cumbria"), "Accept": "text/csv"},
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["row", "column", "code", "detail", "sheet"]
    assert rows[1][:3] == ["1", '\'=HYPERLINK("x")', "icc.unknown"]


async def test_at_most_a_hundred_errors_are_shown_and_all_are_counted(outcomes: Running) -> None:
    found = await send(outcomes, long_csv(*["2020-01,nowhere,community,1"] * 150))
    assert (len(found["errors"]), found["errors_total"]) == (100, 150)
    answer = await outcomes.client.get(f"{FEED}/{found['id']}/errors.csv", headers=outcomes.token("analyst"))
    assert len(answer.text.splitlines()) == 151


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


async def test_a_file_that_is_too_much_for_its_reader_is_rejected_and_hurts_nobody(outcomes: Running) -> None:
    found = await send(outcomes, heavy_json(), media_type="application/json")
    assert (found["status"], found["errors"][0]["code"]) == ("rejected", "file.too_large")
    assert (await send(outcomes, ROUTES_CSV))["status"] == "accepted"


async def test_the_figures_of_every_past_moment_come_out_the_same_after_a_rebuild(outcomes: Running) -> None:
    for content in (ROUTES_CSV, as_csv(routes_table(), outcomes_table()), corrected(), ROUTES_CSV):
        await send(outcomes, content)
    versions = (
        "select measure, month, place, breakdown_key, source, numerator, denominator, provenance, known_at, replaced_at "
        "from fact_cell order by known_at, measure, month, place, breakdown_key"
    )
    before = [tuple(row) for row in await outcomes.rows(versions)]
    headers = {"Idempotency-Key": "r", **outcomes.token("operator")}
    answer = await outcomes.client.post("/v1/operations/facts/rebuild", headers=headers)
    assert answer.status_code == 202
    await outcomes.work()
    assert [tuple(row) for row in await outcomes.rows(versions)] == before


async def test_a_fact_says_which_submission_it_came_from(outcomes: Running) -> None:
    found = await send(outcomes, ROUTES_CSV)
    rows = await outcomes.rows(
        "select distinct source, provenance->>'submission' as submission, provenance->>'feed' as feed from fact_cell"
    )
    assert [tuple(row) for row in rows] == [("cumbria", found["id"], "reablement")]


async def in_state(outcomes: Running, status: str) -> list[dict[str, Any]]:
    """The reablement submissions that stand in this state, as their council lists them."""
    answer = await outcomes.client.get(
        f"/v1/feeds/reablement/submissions?status={status}",
        headers=outcomes.token("council-feed", org="cumbria"),
    )
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_worker_that_died_with_a_file_in_hand_is_taken_over_and_changes_nothing_when_it_wakes(
    outcomes: Running,
) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    async with outcomes.platform.database.engine.begin() as connection:
        claim = await claims.claim(
            connection, kinds=[READ_SUBMISSION.name], worker="frozen", lease=timedelta(seconds=30)
        )
    assert claim is not None
    assert (await submission(outcomes, location))["status"] == "processing"
    assert [len(await in_state(outcomes, status)) for status in ("received", "processing")] == [0, 1]
    await outcomes.rows("update work set lease_until = now() - interval '1 second'")
    await outcomes.work()
    assert (await submission(outcomes, location))["status"] == "accepted"
    before = await outcomes.rows("select count(*) as versions from fact_cell")
    with pytest.raises(FencedError):
        await READ_SUBMISSION.handler(Job(outcomes.platform, claim))
    assert await outcomes.rows("select count(*) as versions from fact_cell") == before
    assert len(await outcomes.rows("select 1 from audit where event = 'submission.accepted'")) == 1


async def test_a_file_nobody_could_read_is_failed_and_may_be_sent_again(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV, key="k")).headers["location"]
    await outcomes.rows(
        "update work set state = 'processing', crashes = 3, lease_until = now() - interval '1 second'"
    )
    await outcomes.work()
    assert (await submission(outcomes, location))["status"] == "failed"
    assert (await send(outcomes, ROUTES_CSV, key="k"))["status"] == "accepted"


async def test_an_operator_may_have_a_failed_file_read_again(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    await outcomes.rows(
        "update work set state = 'processing', crashes = 3, lease_until = now() - interval '1 second'"
    )
    await outcomes.work()
    found = await submission(outcomes, location)
    retried = await outcomes.client.post(
        f"/v1/operations/work/{found['id']}/retry", headers=outcomes.token("operator")
    )
    assert retried.status_code == 202
    await outcomes.work()
    assert (await submission(outcomes, location))["status"] == "accepted"
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]
