"""A POST that is sent twice happens once."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.idempotency.answers import FORGET_KEYS, forget_clear_keys
from shared.idempotency.keys import canonical_json
from shared.service.upkeep import prune_batch
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


async def post(
    tiny: Tiny,
    key: str | None,
    content: bytes = b"{}",
    *,
    role: str = "analyst",
    identity: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Open an account with a key."""
    headers = {} if key is None else {"Idempotency-Key": key}
    headers |= tiny.bearer(role) if identity is None else identity
    return await tiny.post("/v1/accounts", content, headers=headers)


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
    other = await post(tiny, "k-mismatch", b'{"owner": "a"}')
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_a_conflict_names_what_the_first_request_made(tiny: Tiny) -> None:
    first = await post(tiny, "k-location")
    other = await post(tiny, "k-location", b'{"owner": "b"}')
    assert other.headers["location"] == first.headers["location"]
    assert (await tiny.get(other.headers["location"])).json() == first.json()


async def test_a_conflict_names_nothing_to_a_token_with_other_rights(tiny: Tiny) -> None:
    first = await post(tiny, "k-rights")
    assert first.status_code == 201
    narrower = {**tiny.bearer(communities=("kendal",)), "Idempotency-Key": "k-rights"}
    other = await tiny.post("/v1/accounts", b'{"owner": "d"}', headers=narrower)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert "location" not in other.headers


@pytest.mark.parametrize(
    "spelling",
    [
        '{"since": "2026-06-12T09:30:00+01:00", "owner": "Zo\u00eb"}',
        ' {"owner":"Zo\\u00eb","since":"2026-06-12T08:30:00Z"}\n',
        '{"owner": "Zoe\u0308", "since": "2026-06-12T08:30:00.000Z"}',
    ],
)
async def test_two_bodies_that_say_the_same_are_the_same(tiny: Tiny, spelling: str) -> None:
    key = f"k-same-{len(spelling)}"
    first = await post(tiny, key, '{"owner": "Zo\u00eb", "since": "2026-06-12T08:30:00Z"}'.encode())
    second = await post(tiny, key, spelling.encode())
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotent-replayed"] == "true"


async def test_a_repeat_is_recorded(tiny: Tiny) -> None:
    await post(tiny, "k-recorded")
    await post(tiny, "k-recorded")
    rows = await tiny.rows("select event from audit where resource_type = '/v1/accounts' order by txid")
    assert rows[-1]["event"] == "answer.replayed"


async def test_a_key_belongs_to_one_client(tiny: Tiny) -> None:
    first = await post(tiny, "k-scope")
    another_client = await post(tiny, "k-scope", b'{"owner": "c"}', role="auditor")
    assert [answer.status_code for answer in (first, another_client)] == [201, 201]


async def test_twenty_at_once_make_one_row_and_one_answer(tiny: Tiny) -> None:
    before = await accounts(tiny)
    answers = await asyncio.gather(*(post(tiny, "k-race") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code != 201)
    assert await accounts(tiny) == before + 1


async def test_a_repetition_during_a_long_first_request_is_told_to_come_back(tiny: Tiny) -> None:
    gate = tiny.app.state.gate = Gate()
    first = asyncio.create_task(post(tiny, "k-slow", b'{"owner": "slow"}'))
    await gate.reached.wait()
    second = await post(tiny, "k-slow", b'{"owner": "slow"}')
    gate.open()
    assert (second.status_code, second.json()["code"]) == (409, "idempotency.in_progress")
    assert int(second.headers["retry-after"]) >= 1
    assert (await first).status_code == 201
    assert (await post(tiny, "k-slow", b'{"owner": "slow"}')).headers["idempotent-replayed"] == "true"


async def test_a_refused_request_does_not_use_up_its_key(tiny: Tiny) -> None:
    assert (await post(tiny, "k-refused", b'{"owner": "refuse"}')).status_code == 404
    assert (await post(tiny, "k-refused", b'{"owner": "mended"}')).status_code == 201


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
    (row,) = await tiny.rows("select body from idempotency order by created_at desc limit 1")
    assert answer.content not in bytes(row["body"])


async def test_a_key_is_nowhere_kept_as_it_was_sent(tiny: Tiny) -> None:
    await post(tiny, "referral of 9990000018")
    kept = await tiny.rows("select i::text as row from idempotency i")
    assert not [row["row"] for row in kept if "9990000018" in row["row"]]
    assert all(row["row"].count("k1:") == 1 for row in kept)


async def test_keys_that_were_kept_as_they_were_sent_are_forgotten_and_no_others(tiny: Tiny) -> None:
    await post(tiny, "k-mine")
    before = {row["key"] for row in await tiny.rows("select key from idempotency")}
    insert = "insert into idempotency (client, route, key, body_sha256) values ('a', 'b', '9990000018', $1)"
    await tiny.rows(insert, bytes(32))
    assert await prune_batch(tiny.app.state.platform.database, forget_clear_keys("idempotency")) is False
    assert {row["key"] for row in await tiny.rows("select key from idempotency")} == before


async def test_one_client_of_two_organisations_has_two_keys_of_one_name(tiny: Tiny) -> None:
    first, again, other = [
        await post(tiny, "k-of-two", identity=_for(tiny, org)) for org in ("A82026", "A82026", "A82030")
    ]
    assert {answer.status_code for answer in (first, again, other)} == {201}
    assert first.json() == again.json() != other.json()
    assert "Idempotent-Replayed" in again.headers
    assert "Idempotent-Replayed" not in other.headers


def _for(tiny: Tiny, org: str) -> dict[str, str]:
    """The headers of one client for an organisation."""
    claims = {"sub": "supplier", "iss": "icc-local", "aud": "icc", "org": org}
    token = sign_claims(load_or_create_signing_key(tiny.data_dir), claims, ttl=timedelta(minutes=5))
    return {"Authorization": f"Bearer {token}"}


async def test_an_answer_is_forgotten_after_seven_days_and_not_before(tiny: Tiny) -> None:
    aged = {}
    for key, age in (("k-six", "6 days 23 hours"), ("k-eight", "7 days 1 hour")):
        await post(tiny, key)
        (row,) = await tiny.rows(
            f"update idempotency set created_at = now() - interval '{age}'"  # noqa: S608
            " where created_at = (select max(created_at) from idempotency) returning key"
        )
        aged[key] = row["key"]
    assert await prune_batch(tiny.app.state.platform.database, FORGET_KEYS) is False
    kept = {row["key"] for row in await tiny.rows("select key from idempotency")}
    assert aged["k-six"] in kept
    assert aged["k-eight"] not in kept


def test_json_is_compared_by_what_it_says() -> None:
    first = canonical_json(b'{"rows": [{"month": "2020-01", "place": "Zo\xc3\xab"}], "n": 1}')
    assert first == canonical_json(b'{"n":1,\n"rows":[{"place":"Zoe\\u0308","month":"2020-01"}]}')
    assert first != canonical_json(b'{"n": 2, "rows": [{"month": "2020-01", "place": "Zo\xc3\xab"}]}')
    assert canonical_json(b"month,place\n") == b"month,place\n"
