"""Nothing acknowledged is lost and nothing is counted twice, whichever process dies; nothing waits for one that stands still."""

import asyncio
import os
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.people import BIRTH_DATE, a_referral, invented_people
from tests.support.system import OFFSETS, System, until

REFERRALS = int(os.environ.get("ICC_TEST_REFERRALS", "1000"))
CLIENTS = 8
PRACTICE = "A82026"
ANOTHER_PRACTICE = "A82007"
A_THIRD_PRACTICE = "A82030"
MONTH = "2026-06"
VICTIMS = (
    ("services.referrals", "worker"),
    ("valkey-server",),
    ("services.referrals", "api"),
    ("postgres", "-D"),
)
ALLOWED = {201, 409, 503}
ATTEMPTS = 400
DEADLINE_SECONDS = (
    15.0  # an end, not a speed: without time-outs a frozen server would be waited for without an end
)

pytestmark = pytest.mark.journey


@dataclass
class Journal:
    """What the clients sent and what they were answered."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    unhelpful: list[str] = field(default_factory=list)


async def _send(client: httpx.AsyncClient, key: str, body: dict[str, Any], journal: Journal) -> None:
    """Send one referral under its key until it is acknowledged, as a sender's system does."""
    for _ in range(ATTEMPTS):
        try:
            answer = await client.post("/v1/referrals", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            journal.broken += 1
            await asyncio.sleep(0.1)
            continue
        journal.statuses[answer.status_code] += 1
        if answer.status_code == 201:
            journal.acknowledged[key] = answer.json()["id"]
            return
        if answer.status_code in {409, 503} and "Retry-After" not in answer.headers:
            journal.unhelpful.append(answer.text)
        await asyncio.sleep(0.1)
    raise AssertionError(f"never acknowledged: {journal.statuses}")


async def _kill_in_turn(system: System, journal: Journal) -> list[int]:
    """Kill one kind of process after the other, each when another fifth of the referrals is in."""
    killed = []
    for number, words in enumerate(VICTIMS, start=1):
        share = REFERRALS * number // (len(VICTIMS) + 1)

        async def reached(share: int = share) -> bool:
            return len(journal.acknowledged) >= share

        await until(reached, seconds=120)
        killed.append(system.kill(*words))
    return killed


async def _counted(system: System, place: str) -> int:
    async with system.client("trajectories") as client:
        answer = await client.get(
            f"/v1/performance?measure=referrals-received&community={place}&from={MONTH}&to={MONTH}",
            headers=system.token("analyst"),
        )
    return (answer.json()["series"][0]["points"][0]["value"] or 0) if answer.status_code == 200 else -1


async def _listed(system: System, *, org: str = PRACTICE) -> list[str]:
    found: list[str] = []
    query = "limit=500"
    headers = system.token("practice-system", org=org)
    async with system.client("referrals") as client:
        while True:
            page = (await client.get(f"/v1/referrals?{query}", headers=headers)).json()
            found += [item["id"] for item in page["items"]]
            if page["next"] is None:
                return found
            query = f"limit=500&cursor={page['next']}"


@pytest.fixture(scope="module")
async def journal(system: System) -> Journal:
    """Clients post while worker, Valkey, API and PostgreSQL are killed in turn."""
    kept = Journal()
    waiting = [(secrets.token_hex(8), a_referral(number)) for number in invented_people(REFERRALS)]

    async def client() -> None:
        async with system.client("referrals") as sender:
            sender.headers.update(system.token("practice-system", org=PRACTICE))
            while waiting:
                key, body = waiting.pop()
                await _send(sender, key, body, kept)

    killing = asyncio.create_task(_kill_in_turn(system, kept))
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    assert all(await killing), "a process to kill was not found"
    return kept


async def test_every_acknowledged_referral_is_there_once(system: System, journal: Journal) -> None:
    listed = await _listed(system)
    assert len(journal.acknowledged) == REFERRALS
    assert sorted(listed) == sorted(journal.acknowledged.values())


async def test_clients_saw_only_acknowledgements_conflicts_and_honest_refusals(
    system: System, journal: Journal
) -> None:
    assert set(journal.statuses) <= ALLOWED, system.logged("request.failed")
    assert journal.unhelpful == []


async def test_the_facts_add_up_to_the_referrals(system: System, journal: Journal) -> None:
    async def arrived() -> bool:
        return await _counted(system, "kendal") == len(journal.acknowledged)

    assert await until(arrived, seconds=90)


async def test_fifty_posts_of_one_key_at_once_are_one_referral(system: System) -> None:
    (number,) = invented_people(1, start=90_000)
    headers = {
        **system.token("practice-system", org=ANOTHER_PRACTICE),
        "Idempotency-Key": secrets.token_hex(8),
    }
    body = a_referral(number, practice=ANOTHER_PRACTICE)
    async with system.client("referrals") as client:
        answers = await asyncio.gather(
            *(client.post("/v1/referrals", json=body, headers=headers) for _ in range(50))
        )
    assert {answer.status_code for answer in answers} <= ALLOWED
    made = [answer for answer in answers if answer.status_code == 201]
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    assert await _listed(system, org=ANOTHER_PRACTICE) == [made[0].json()["id"]]
    assert len({answer.json()["id"] for answer in made}) == 1


async def _refer(system: System, number: str) -> httpx.Response:
    async with system.client("referrals") as client, asyncio.timeout(DEADLINE_SECONDS):
        return await client.post(
            "/v1/referrals",
            json=a_referral(number, practice=A_THIRD_PRACTICE),
            headers={
                **system.token("practice-system", org=A_THIRD_PRACTICE),
                "Idempotency-Key": secrets.token_hex(8),
            },
        )


async def test_a_frozen_valkey_holds_up_no_referral(system: System) -> None:
    with system.frozen("valkey-server") as frozen:
        answers = [await _refer(system, number) for number in invented_people(5, start=70_000)]
    assert frozen == 1
    assert [answer.status_code for answer in answers] == [201] * 5


async def test_a_frozen_postgresql_is_an_honest_refusal_and_recovers_alone(system: System) -> None:
    with system.frozen("postgres") as frozen:
        answers = await asyncio.gather(
            *(_refer(system, number) for number in invented_people(20, start=75_000))
        )
        async with system.client("referrals") as client:
            alive = await client.get("/health/live")
            ready = await client.get("/health/ready")
    assert frozen > 1
    assert {answer.status_code for answer in answers} == {503}
    assert all("Retry-After" in answer.headers for answer in answers)
    assert (alive.status_code, ready.status_code) == (200, 503)

    async def accepts() -> bool:
        return (await _refer(system, invented_people(1, start=80_000)[0])).status_code == 201

    assert await until(accepts)


async def test_no_person_is_named_in_any_database(system: System, journal: Journal) -> None:
    assert journal.acknowledged
    for service in OFFSETS:
        assert _named_in(await system.every_row(service)) == [], service


async def test_no_person_is_named_in_a_log_or_a_queue(system: System, journal: Journal) -> None:
    assert journal.acknowledged
    files = [path for path in (system.data_dir / "logs").rglob("*") if path.is_file()]
    files += [path for path in (system.data_dir / "valkey").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert _named_in(path.read_bytes().decode(errors="replace")) == [], path.name


def _named_in(text: str) -> list[str]:
    """Which names, numbers and birth dates of the people who were sent stand in a text."""
    folded = text.lower()
    words = [word for number in invented_people(REFERRALS) for word in (number, f"archer-{number[4:]}")]
    return [word for word in (*words, BIRTH_DATE) if word in folded]
