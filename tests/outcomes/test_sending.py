"""How a file is sent: held for its result, in one part of a form, by whom, and what is refused before it is read."""

import asyncio
import base64
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from services.outcomes import worker
from shared.service.worker import run_worker
from tests.outcomes.builders import ROUTES_CSV, WRONG
from tests.outcomes.sending import FEED, post, submission
from tests.support.quarter import COMMUNITIES, as_xlsx, routes_table
from tests.support.running import Running


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
    assert problem["errors_total"] == len(problem["errors"]) == 1
    assert problem["detail"].startswith("1 error: With 46 instead of 47 every total around it adds")


async def test_a_file_still_being_read_is_answered_with_where_to_watch_it(outcomes: Running) -> None:
    answer = await post(outcomes, ROUTES_CSV)
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert answer.headers["location"] == f"{FEED}/{answer.json()['id']}"
    assert answer.headers["preference-applied"] == "respond-async"


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
    "called",
    [
        'filename="Reablement – Q1.csv"',
        "filename*=UTF-8''Reablement%20%E2%80%93%20Q1.csv",
        "filename=\"q.csv\"; filename*=UTF-8''Reablement%20%E2%80%93%20Q1.csv",
        'filename="\\"quarter\\".csv"',
        'filename=""',
        f'filename="{"q" * 300}.csv"',
        'filename="C:\\returns\\quarter.csv"',
    ],
    ids=["en dash", "RFC 8187", "both", "quotes", "empty", "long", "path"],
)
async def test_a_file_in_a_form_is_taken_whatever_it_is_called(outcomes: Running, called: str) -> None:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; {called}\r\n\r\n'.encode()
    answer = await post(
        outcomes, head + ROUTES_CSV + b"\r\n--b--\r\n", media_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"other": ("a.csv", b"x", "text/csv")}, "multipart.count"),
        ([("file", ("a.csv", b"x")), ("file", ("b.csv", b"y"))], "multipart.count"),
        ([("file", ("a.csv", b"x")), ("note", (None, b"y"))], "multipart.count"),
    ],
)
async def test_a_multipart_form_with_other_parts_is_refused(outcomes: Running, files: Any, code: str) -> None:
    headers = {"Idempotency-Key": "m", **outcomes.token("council-feed", org="cumbria")}
    answer = await outcomes.client.post(FEED, headers=headers, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_part_without_a_file_name_is_read_by_its_type_and_its_first_bytes(outcomes: Running) -> None:
    sent = (("a", "text/csv", ROUTES_CSV), ("b", "", as_xlsx(routes_table())))
    for key, media_type, content in sent:
        headers = {"Idempotency-Key": key, **outcomes.token("council-feed", org="cumbria")}
        files = {"file": (None, content, media_type)}
        answer = await outcomes.client.post(
            FEED, headers=headers, files=files, params={"validate_only": "true"}
        )
        assert answer.status_code == 200, answer.text


async def test_a_file_in_a_form_is_not_written_to_the_disk_before_it_is_stored(
    outcomes: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/there-is-no-such-folder")
    headers = {
        "Idempotency-Key": "large",
        "Prefer": "respond-async",
        **outcomes.token("council-feed", org="cumbria"),
    }
    files = {"file": ("quarter.csv", ROUTES_CSV + b"\n" * 2**21)}
    answer = await outcomes.client.post(FEED, headers=headers, files=files)
    assert answer.status_code == 202, answer.text


async def test_a_multipart_body_that_is_cut_off_is_refused(outcomes: Running) -> None:
    content = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nperiod,icc'
    answer = await post(outcomes, content, media_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.json()["code"]) == (400, "multipart.syntax")


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


def digest(content: bytes, algorithm: str = "sha256") -> str:
    return base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (f"sha-256=:{digest(ROUTES_CSV)}:", 200, None),
        (f"sha-512=:{digest(ROUTES_CSV, 'sha512')}:, sha-256=:{digest(ROUTES_CSV)}:;q=1", 200, None),
        ("md5=:AAAA:", 200, None),
        (f"sha-256=:{digest(WRONG)}:", 422, "file.digest"),
        (f"sha-256=:{digest(ROUTES_CSV)}:, sha-512=:{digest(WRONG, 'sha512')}:", 422, "file.digest"),
        ("sha-256=:AAAA:", 400, "header.format"),
        (f"sha-256={digest(ROUTES_CSV)}", 400, "header.format"),
        ("sha-256", 400, "header.format"),
        ("SHA-256 is it", 400, "header.format"),
    ],
)
async def test_a_stated_digest_is_held_against_the_body(
    outcomes: Running, header: str, status: int, code: str | None
) -> None:
    headers = {"Content-Type": "text/csv", "Content-Digest": header}
    answer = await outcomes.client.post(
        FEED,
        content=ROUTES_CSV,
        params={"validate_only": "true"},
        headers=headers | outcomes.token("council-feed", org="cumbria"),
    )
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_an_unknown_feed_is_not_found(outcomes: Running) -> None:
    headers = {
        "Content-Type": "text/csv",
        "Idempotency-Key": "k",
        **outcomes.token("council-feed", org="cumbria"),
    }
    answer = await outcomes.client.post("/v1/feeds/bins/submissions", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@contextmanager
def who_digests_in_this_thread() -> Iterator[list[str]]:
    """The source files whose code makes a SHA-256 in this thread, the event loop's."""
    files: list[str] = []

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and "sha256" in argument.__name__:
            files.append(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield files
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("multipart", [False, True])
async def test_no_request_waits_while_a_files_digest_is_computed(
    outcomes: Running, *, multipart: bool
) -> None:
    """Of 64 MiB it takes a large part of a second."""
    headers = {
        "Idempotency-Key": "d",
        "Prefer": "respond-async",
        **outcomes.token("council-feed", org="cumbria"),
        **({} if multipart else {"Content-Type": "text/csv"}),
    }
    sent: dict[str, Any] = (
        {"files": {"file": ("quarter.csv", ROUTES_CSV)}} if multipart else {"content": ROUTES_CSV}
    )
    with who_digests_in_this_thread() as files:
        answer = await outcomes.client.post(FEED, headers=headers, **sent)
    assert answer.json()["sha256"] == hashlib.sha256(ROUTES_CSV).hexdigest()
    assert any("idempotency" in file for file in files)
    assert not [file for file in files if "services/outcomes" in file]
