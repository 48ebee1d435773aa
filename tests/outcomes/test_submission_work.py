"""The work behind a submission: files that hurt, workers that die, and trying again."""

from datetime import timedelta

import pytest

from services.outcomes import worker
from services.outcomes.facts import TOPICS
from services.outcomes.submissions.jobs import read_kind
from shared.facts.publishing import rebuild_facts
from shared.work import Job, claims
from shared.work.claims import FencedError
from shared.work.worker import claim_and_run
from tests.outcomes.builders import ROUTES_CSV, heavy_json
from tests.outcomes.sending import assessments, in_state, post, send, submission
from tests.support.quarter import ASSESSMENTS
from tests.support.running import Running


async def test_a_file_that_is_too_much_for_its_reader_is_rejected_and_hurts_nobody(outcomes: Running) -> None:
    found = await send(outcomes, heavy_json(), media_type="application/json")
    assert (found["status"], found["errors"][0]["code"]) == ("rejected", "file.too_large")
    assert (await send(outcomes, ROUTES_CSV))["status"] == "accepted"


async def read_one_file(outcomes: Running) -> None:
    """Do the worker's part for one file, and nothing of what it does every so often."""
    assert await claim_and_run(outcomes.platform, {kind.name: kind for kind in worker.kinds()})


async def test_a_worker_that_died_with_a_file_in_hand_is_taken_over_and_changes_nothing_when_it_wakes(
    outcomes: Running,
) -> None:
    read = read_kind(TOPICS)
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    async with outcomes.platform.database.engine.begin() as connection:
        claim = await claims.claim(
            connection, kinds=[read.name], worker="frozen", lease=timedelta(seconds=30)
        )
    assert claim is not None
    assert (await submission(outcomes, location))["status"] == "processing"
    assert [len(await in_state(outcomes, status)) for status in ("received", "processing")] == [0, 1]
    await outcomes.rows("update work set lease_until = now() - interval '1 second'")
    await outcomes.work()
    assert (await submission(outcomes, location))["status"] == "accepted"
    before = await outcomes.rows("select count(*) as versions from fact_cell")
    with pytest.raises(FencedError):
        await read.handler(Job(outcomes.platform, claim))
    assert await outcomes.rows("select count(*) as versions from fact_cell") == before
    assert len(await outcomes.rows("select 1 from audit where event = 'submission.accepted'")) == 1


async def test_a_file_nobody_could_read_is_failed_and_may_be_sent_again(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV, key="k")).headers["location"]
    await outcomes.rows(
        "update work set state = 'processing', crashes = 3, lease_until = now() - interval '1 second'"
    )
    await outcomes.work()
    failed = await submission(outcomes, location)
    assert failed["status"] == "failed"
    audited = await outcomes.rows("select resource_id, client from audit where event = 'submission.failed'")
    assert [tuple(row) for row in audited] == [(failed["id"], None)]
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


async def test_an_accepted_file_is_published_in_the_transaction_that_accepts_it(outcomes: Running) -> None:
    await post(outcomes, ROUTES_CSV)
    await read_one_file(outcomes)
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]


async def test_a_file_is_accepted_while_the_facts_are_rebuilt_and_published_after_that(
    outcomes: Running,
) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    async with outcomes.platform.database.transaction() as rebuilding:
        await rebuild_facts(rebuilding, TOPICS)
        await read_one_file(outcomes)
        assert (await submission(outcomes, location))["status"] == "accepted"
    assert await assessments(outcomes, "kendal") == [0, 0, 0]
    await outcomes.work()
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]
