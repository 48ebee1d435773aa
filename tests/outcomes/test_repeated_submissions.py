"""The same file again, the same key again: once, and the same answer."""

import asyncio
import json

from tests.outcomes.builders import ROUTES_CSV, WRONG, corrected
from tests.outcomes.sending import assessments, post, send
from tests.support.quarter import PERIOD
from tests.support.running import Running


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


async def test_json_that_was_written_anew_under_the_key_is_the_same_request(outcomes: Running) -> None:
    rows = [{"month": "2020-01", "community": "kendal", "route": "Community", "assessments": 3}]
    written = [json.dumps({"rows": rows}), json.dumps({"rows": [dict(reversed(rows[0].items()))]}, indent=2)]
    sent = [await post(outcomes, one.encode(), key="k", media_type="application/json") for one in written]
    other = await post(
        outcomes, written[0].replace("3", "4").encode(), key="k", media_type="application/json"
    )
    assert [answer.status_code for answer in (*sent, other)] == [202, 202, 409]
    assert sent[1].content == sent[0].content


async def test_a_rejected_file_frees_its_key_for_the_mended_one(outcomes: Running) -> None:
    rejected = await send(outcomes, WRONG, key="k")
    mended = await send(outcomes, ROUTES_CSV, key="k")
    assert (rejected["status"], mended["status"]) == ("rejected", "accepted")


async def test_rejected_bytes_are_processed_anew(outcomes: Running) -> None:
    first = await send(outcomes, WRONG, key="k")
    second = await send(outcomes, WRONG, key="k")
    assert first["status"] == second["status"] == "rejected"
    assert first["id"] != second["id"]


async def test_a_key_is_forgotten_with_what_it_led_to_after_seven_days(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV, key="old")
    old = "set created_at = now() - interval '8 days' returning key"
    (kept,) = await outcomes.rows("update idempotency " + old)
    await outcomes.rows("update feed_submission_key " + old)
    await send(outcomes, corrected(), key="new")
    await outcomes.work()
    answers = [row["key"] for row in await outcomes.rows("select key from idempotency")]
    led_to = [row["key"] for row in await outcomes.rows("select key from feed_submission_key")]
    assert answers == led_to
    assert len(answers) == 1
    assert kept["key"] not in answers
