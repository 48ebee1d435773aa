"""A server that stands still is worse than one that is gone: nothing may wait for it without an end."""

import asyncio
import secrets

import httpx
import pytest

from tests.support.people import a_referral, invented_people
from tests.support.system import System, until

PRACTICE = "A82026"
DEADLINE_SECONDS = 15.0  # an end, not a speed: without time-outs these requests would wait for ever

pytestmark = pytest.mark.journey


async def _refer(system: System, number: str) -> httpx.Response:
    async with system.client("referrals") as client, asyncio.timeout(DEADLINE_SECONDS):
        return await client.post(
            "/v1/referrals",
            json=a_referral(number),
            headers={
                **system.token("practice-system", org=PRACTICE),
                "Idempotency-Key": secrets.token_hex(8),
            },
        )


async def test_a_frozen_valkey_holds_up_no_referral(system: System) -> None:
    with system.frozen("valkey-server") as frozen:
        answers = [await _refer(system, number) for number in invented_people(5)]
    assert frozen == 1
    assert [answer.status_code for answer in answers] == [201] * 5


async def test_a_frozen_postgresql_is_an_honest_refusal_and_recovers_alone(system: System) -> None:
    with system.frozen("postgres") as frozen:
        answers = await asyncio.gather(*(_refer(system, number) for number in invented_people(20)))
        async with system.client("referrals") as client:
            alive = await client.get("/health/live")
            ready = await client.get("/health/ready")
    assert frozen > 1
    assert {answer.status_code for answer in answers} == {503}
    assert all("Retry-After" in answer.headers for answer in answers)
    assert (alive.status_code, ready.status_code) == (200, 503)

    async def accepts() -> bool:
        return (await _refer(system, invented_people(1, start=50_000)[0])).status_code == 201

    assert await until(accepts)
