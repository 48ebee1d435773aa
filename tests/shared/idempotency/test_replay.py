"""A POST that is sent twice happens once."""

import asyncio

import httpx
import pytest

from shared.idempotency import prune_keys
from tests.shared.tiny import Tiny


class Gate:
    """Where the first request stands still, its key claimed, until a test lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def wait(self) -> None:
        self.reached.set()
        await self._opened.wait()

    def open(self) -> None:
        self._opened.set()


async def post(tiny: Tiny, key: str | None, content: bytes = b"{}", **parts: str) -> httpx.Response:
    """Open an account with a key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    if "role" in parts:
        headers |= tiny.bearer(parts["role"])
    return await tiny.post(f"/v1/accounts/{parts.get('account', 'one')}", content, headers=headers)


async def accounts(tiny: Tiny) -> int:
    """How many there are."""
    count: int = (await tiny.rows("select count(*) from tiny"))[0][0]
    return count


async def test_a_repetition_is_answered_like_the_first_and_changes_nothing(tiny: Tiny) -> None:
    before = await accounts(tiny)
    first, second = await post(tiny, "k-repeat"), await post(tiny, "k-repeat")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert await accounts(tiny) == before + 1


async def test_the_same_key_with_another_body_is_a_conflict(tiny: Tiny) -> None:
    await post(tiny, "k-mismatch")
    other = await post(tiny, "k-mismatch", b'{"a": 1}')
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_a_key_belongs_to_one_client_and_one_address(tiny: Tiny) -> None:
    first = await post(tiny, "k-scope")
    another_address = await post(tiny, "k-scope", b'{"a": 1}', account="two")
    another_client = await post(tiny, "k-scope", b'{"a": 2}', role="auditor")
    assert [answer.status_code for answer in (first, another_address, another_client)] == [201, 201, 201]


async def test_twenty_at_once_make_one_row_and_one_answer(tiny: Tiny) -> None:
    before = await accounts(tiny)
    answers = await asyncio.gather(*(post(tiny, "k-race") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code != 201)
    assert await accounts(tiny) == before + 1


async def test_a_repetition_during_a_long_first_request_is_told_to_come_back(tiny: Tiny) -> None:
    gate = tiny.app.state.gate = Gate()
    first = asyncio.create_task(post(tiny, "k-slow", b'"slow"'))
    await gate.reached.wait()
    second = await post(tiny, "k-slow", b'"slow"')
    gate.open()
    assert (second.status_code, second.json()["code"]) == (409, "idempotency.in_progress")
    assert int(second.headers["retry-after"]) >= 1
    assert (await first).status_code == 201
    assert (await post(tiny, "k-slow", b'"slow"')).headers["idempotent-replayed"] == "true"


async def test_a_refused_request_does_not_use_up_its_key(tiny: Tiny) -> None:
    assert (await post(tiny, "k-refused", b'"refuse"')).status_code == 404
    assert (await post(tiny, "k-refused", b'"mended"')).status_code == 201


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency.required"),
        ("", "idempotency.format"),
        ("a" * 256, "idempotency.format"),
        ("a\tb", "idempotency.format"),
    ],
)
async def test_a_key_is_needed_and_is_printable_ascii(tiny: Tiny, key: str | None, code: str) -> None:
    answer = await post(tiny, key)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_the_kept_answer_is_not_readable_in_the_database(tiny: Tiny) -> None:
    answer = await post(tiny, "k-encrypted")
    (row,) = await tiny.rows("select body from idempotency where key = 'k-encrypted'")
    assert answer.content not in bytes(row["body"])


async def test_an_answer_is_forgotten_after_seven_days_and_not_before(tiny: Tiny) -> None:
    for key, age in (("k-six", "6 days 23 hours"), ("k-eight", "7 days 1 hour")):
        await post(tiny, key)
        await tiny.rows(f"update idempotency set created_at = now() - interval '{age}' where key = '{key}'")  # noqa: S608
    assert await prune_keys(tiny.app.state.platform) is False
    kept = {row["key"] for row in await tiny.rows("select key from idempotency")}
    assert "k-six" in kept
    assert "k-eight" not in kept
