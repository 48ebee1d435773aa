"""A token or client that is no longer trusted is refused, in every process, soon."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.auth.revocations import Revocations
from shared.db.engine import Database
from tests.shared.tiny import Tiny
from tests.support.nonsense import nonsense_server

CLAIMS = {"iss": "icc-local", "aud": "icc"}


async def revoke(tiny: Tiny, content: str, role: str = "operator") -> httpx.Response:
    """Ask for a revocation as this role."""
    return await tiny.client.post(
        "/v1/operations/revocations",
        content=content,
        headers={**tiny.bearer(role), "Content-Type": "application/json"},
    )


def bearer_of(tiny: Tiny, client: str, token_id: str) -> dict[str, str]:
    """A token of a client with a token id."""
    key = load_or_create_signing_key(tiny.data_dir)
    token = sign_claims(key, {**CLAIMS, "sub": client, "jti": token_id}, ttl=timedelta(hours=1))
    return {"Authorization": f"Bearer {token}"}


async def test_a_revoked_client_is_refused_with_all_its_tokens_even_remembered_ones(tiny: Tiny) -> None:
    bearer = bearer_of(tiny, "lorenzo", "one")
    assert (await tiny.client.get("/v1/things", headers=bearer)).status_code == 200
    first = await revoke(tiny, '{"client": "lorenzo", "reason": "left the contract"}')
    again = await revoke(tiny, '{"client": "lorenzo", "reason": "left the contract"}')
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    await tiny.app.state.platform.tokens.revocations.refresh(tiny.app.state.platform.database)
    for headers in (bearer, bearer_of(tiny, "lorenzo", "two")):
        answer = await tiny.client.get("/v1/things", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.revoked")
    assert (await tiny.get("/v1/things")).status_code == 200


async def test_two_operators_who_revoke_the_same_client_at_once_make_one_entry(tiny: Tiny) -> None:
    asked = '{"client": "twice", "reason": "both saw it"}'
    answers = await asyncio.gather(*(revoke(tiny, asked) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_revoked_token_leaves_its_client_the_others(tiny: Tiny) -> None:
    await revoke(tiny, '{"token_id": "stolen", "reason": "lost laptop"}')
    await tiny.app.state.platform.tokens.revocations.refresh(tiny.app.state.platform.database)
    assert (
        await tiny.client.get("/v1/things", headers=bearer_of(tiny, "strata", "stolen"))
    ).status_code == 401
    assert (
        await tiny.client.get("/v1/things", headers=bearer_of(tiny, "strata", "fresh"))
    ).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ('{"reason": "no target"}', 422),
        ('{"client": "a", "token_id": "b", "reason": "two targets"}', 422),
        ('{"client": "a"}', 422),
        ('{"client": "", "reason": "empty"}', 422),
    ],
)
async def test_a_revocation_names_one_target_and_a_reason(tiny: Tiny, content: str, status: int) -> None:
    assert (await revoke(tiny, content)).status_code == status


async def test_only_an_operator_revokes(tiny: Tiny) -> None:
    assert (await revoke(tiny, '{"client": "a", "reason": "b"}', role="analyst")).status_code == 403


async def test_a_revocation_and_a_refusal_stand_in_the_audit(tiny: Tiny) -> None:
    answer = await revoke(tiny, '{"client": "audited", "reason": "test"}')
    await revoke(tiny, '{"client": "a", "reason": "b"}', role="auditor")
    revoked = await tiny.rows("select resource_id from audit where event = 'access.revoked'")
    assert answer.json()["id"] in {row["resource_id"] for row in revoked}
    refused = await tiny.rows("select 1 from audit where event = 'request.refused' and code = 'scope'")
    assert refused


async def test_the_list_is_asked_for_again_whatever_the_last_answer_was() -> None:
    async with nonsense_server() as server, asyncio.TaskGroup() as tasks:
        database = Database(server.database_url, application_name="test", pool_size=1)
        await database.open()
        asking = tasks.create_task(Revocations().keep_fresh(database, every=0))
        for _ in range(3):
            await server.answered.get()
        asking.cancel()
        await database.close()


async def test_the_audit_says_who_was_revoked(tiny: Tiny) -> None:
    for content in ('{"client": "told", "reason": "left"}', '{"token_id": "told", "reason": "lost"}'):
        await revoke(tiny, content)
        await revoke(tiny, content)
    rows = await tiny.rows(
        "select event, detail::text from audit where detail::text like '%told%' order by arrival"
    )
    assert [tuple(row) for row in rows] == [
        (event, target)
        for target in ('{"client": "told"}', '{"token_id": "told"}')
        for event in ("access.revoked", "access.revoked-before")
    ]
