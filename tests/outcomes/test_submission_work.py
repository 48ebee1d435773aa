"""The work behind a submission: files that hurt, workers that die, and trying again."""

import asyncio
from datetime import datetime, timedelta

import pytest

from services.outcomes import worker
from services.outcomes.facts import TOPICS
from services.outcomes.submissions.deciding import FORGET_FILES
from services.outcomes.submissions.jobs import read_kind
from shared.facts.publishing import publish_pending, rebuild_facts
from shared.service.jobs import Job
from shared.service.upkeep import fact_periodic, prune_batch
from shared.service.worker import claim_and_run
from shared.work import claims
from shared.work.claims import FencedError
from tests.outcomes.builders import ROUTES_CSV, corrected, heavy_json
from tests.outcomes.sending import XLSX, assessments, in_state, post, send, submission
from tests.outcomes.test_xlsx import LONG, repacked
from tests.support.quarter import ASSESSMENTS
from tests.support.running import Running


async def test_a_file_that_is_too_much_for_its_reader_is_rejected_and_hurts_nobody(outcomes: Running) -> None:
    found = await send(outcomes, heavy_json(), media_type="application/json")
    assert (found["status"], found["errors"][0]["code"]) == ("rejected", "file.too_large")
    assert (await send(outcomes, ROUTES_CSV))["status"] == "accepted"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", b'r="2"', b'r="two"'),
        ("xl/worksheets/sheet1.xml", b'r="A2"', b'r="A99999999999999999999"'),
        ("xl/worksheets/sheet1.xml", b'encoding="UTF-8"', b'encoding="x-none"'),
        ("xl/worksheets/sheet1.xml", b"<v>19</v>", b"<v>1e999</v>"),
        ("xl/styles.xml", b'numFmtId="0"', b'numFmtId="none"'),
        ("xl/workbook.xml", b'r:id="rId1"', b""),
    ],
)
async def test_a_malformed_workbook_is_read_once_and_rejected_with_a_code(
    outcomes: Running, part: str, old: bytes, new: bytes
) -> None:
    content = repacked(LONG, lambda name, xml: xml.replace(old, new) if name == part else xml)
    assert content != repacked(LONG, lambda _, xml: xml)
    found = await send(outcomes, content, media_type=XLSX)
    assert found["status"] == "rejected"
    assert found["errors"][0]["code"] in {"file.zip_invalid", "number.not_finite", "number.format"}
    assert [tuple(row) for row in await outcomes.rows("select attempt, state from work")] == [(1, "done")]


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


async def test_a_file_that_failed_does_not_wait_for_ever(outcomes: Running) -> None:
    await post(outcomes, ROUTES_CSV)
    await outcomes.rows(
        "update work set state = 'processing', crashes = 3, lease_until = now() - interval '1 second'"
    )
    await outcomes.work()
    await outcomes.rows("update feed_submission set decided_at = now() - interval '400 days'")
    await prune_batch(outcomes.platform.database, FORGET_FILES)
    assert await outcomes.rows("select 1 from feed_file") == []


async def test_an_operator_may_have_a_failed_file_read_again(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    await outcomes.rows(
        "update work set state = 'processing', crashes = 3, lease_until = now() - interval '1 second'"
    )
    await outcomes.work()
    found = await submission(outcomes, location)
    assert await prune_batch(outcomes.platform.database, FORGET_FILES) is False
    assert len(await outcomes.rows("select 1 from feed_file")) == 1
    retried = await outcomes.client.post(
        f"/v1/operations/work/{found['id']}/retry", headers=outcomes.token("operator")
    )
    assert retried.status_code == 202
    await outcomes.work()
    assert (await submission(outcomes, location))["status"] == "accepted"
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]


async def test_an_accepted_file_is_published_in_the_transaction_that_accepts_it(outcomes: Running) -> None:
    location = (await post(outcomes, ROUTES_CSV)).headers["location"]
    await read_one_file(outcomes)
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]
    assert await decided_at(outcomes, location) == [await known_at(outcomes)] * 2


async def decided_at(outcomes: Running, location: str) -> list[datetime]:
    """When a submission was decided, as it says itself and as the list says."""
    said = [await submission(outcomes, location), *await in_state(outcomes, "accepted")]
    return [datetime.fromisoformat(one["decided_at"]) for one in said]


async def known_at(outcomes: Running) -> datetime:
    """When its figures became known: as of that instant they are answered."""
    (row,) = await outcomes.rows("select distinct known_at from fact_cell")
    moment: datetime = row["known_at"]
    return moment


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
    assert await decided_at(outcomes, location) == [await known_at(outcomes)] * 2


async def test_a_sweep_passes_by_while_the_facts_are_rebuilt_and_waits_for_a_publisher_otherwise(
    outcomes: Running,
) -> None:
    sweep = fact_periodic(TOPICS)
    await post(outcomes, ROUTES_CSV)
    async with outcomes.platform.database.transaction() as rebuilding:
        await rebuild_facts(rebuilding, TOPICS)
        await read_one_file(outcomes)
        assert await sweep.run(outcomes.platform) is False
    await post(outcomes, corrected())
    async with outcomes.platform.database.transaction() as publishing:
        await publish_pending(publishing, TOPICS)
        await read_one_file(outcomes)
        waiting = asyncio.ensure_future(sweep.run(outcomes.platform))
        await until_somebody_waits_for_a_lock(outcomes)
    assert await waiting is True
    assert await assessments(outcomes, "kendal") == [28, 24, 35]


async def until_somebody_waits_for_a_lock(outcomes: Running) -> None:
    while not await outcomes.rows("select 1 from pg_locks where locktype = 'advisory' and not granted"):
        pass
