"""A system that is backed up under load, destroyed and restored knows what it knew, and goes on."""

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import quarter
from tests.support.people import a_referral, invented_people
from tests.support.system import ROOT, System, running_system, until

PRACTICE = "A82026"
BEFORE, CLIENTS, LOADED = 20, 4, 8_000  # more than a quick machine takes while a backup is made
DURING = 20
RECEIVED = "measure=referrals-received&community=kendal&from=2026-06&to=2026-06"
ASSESSED = "measure=reablement-assessments&community=barrow&from=2020-01&to=2020-03"

pytestmark = pytest.mark.journey


def icc(*words: str, data: Path) -> "subprocess.CompletedProcess[str]":
    """One `icc` command, for a data directory."""
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *words, "--data", str(data)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=data.parent,
    )


async def post(system: System, number: str, acknowledged: set[str]) -> None:
    async with system.client("referrals") as client:
        headers = {**system.token("practice-system", org=PRACTICE), "Idempotency-Key": secrets.token_hex(8)}
        answer = await client.post("/v1/referrals", json=a_referral(number), headers=headers)
    assert answer.status_code == 201, answer.text
    acknowledged.add(answer.json()["id"])


async def send_quarter(system: System) -> None:
    async with system.client("outcomes") as client:
        answer = await client.post(
            "/v1/feeds/reablement/submissions",
            content=quarter.as_csv(quarter.routes_table()),
            headers={
                **system.token("council-feed", org="cumbria"),
                "Content-Type": "text/csv",
                "Idempotency-Key": secrets.token_hex(8),
                "Prefer": "wait=20",
            },
        )
    assert answer.status_code == 200, answer.text


async def listed(system: System) -> set[str]:
    """The ids of every referral of the practice."""
    found: set[str] = set()
    query: str | None = "limit=500"
    async with system.client("referrals") as client:
        while query:
            answer = await client.get(
                f"/v1/referrals?{query}", headers=system.token("practice-system", org=PRACTICE)
            )
            page = answer.json()
            found |= {item["id"] for item in page["items"]}
            query = f"limit=500&cursor={page['next']}" if page["next"] else None
    return found


async def series(system: System, query: str) -> Any:
    """The points that an analyst is shown."""
    async with system.client("trajectories") as client:
        answer = await client.get(f"/v1/performance?{query}", headers=system.token("analyst"))
    return answer.json()["series"][0]["points"] if answer.status_code == 200 else None


async def received(system: System) -> int:
    points = await series(system, RECEIVED)
    return (points[0]["value"] or 0) if points else 0


@asynccontextmanager
async def load(system: System, acknowledged: set[str]) -> AsyncIterator[None]:
    """Clients that post one referral after another until the block ends."""
    people = iter(invented_people(BEFORE + LOADED)[BEFORE:])
    stop = asyncio.Event()

    async def client() -> None:
        while not stop.is_set():
            await post(system, next(people), acknowledged)

    clients = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    yield
    stop.set()
    await asyncio.gather(*clients)


async def test_what_was_acknowledged_before_a_backup_under_load_is_there_after_a_restore(
    system_directory: Path,
) -> None:
    first, second = system_directory / "first", system_directory / "second"
    backup, keys = system_directory / "backup", system_directory / "keys"
    acknowledged: set[str] = set()
    with running_system(first) as system:
        await send_quarter(system)
        await asyncio.gather(*(post(system, number, acknowledged) for number in invented_people(BEFORE)))
        await until(lambda: is_true(received(system), BEFORE))
        then = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        known_then = await known_at(system, then)
        assert known_then[0][0]["value"] == BEFORE
        async with load(system, acknowledged):
            await until(lambda: more_than(acknowledged, BEFORE + DURING))
            before = set(acknowledged)
            made = await asyncio.to_thread(icc, "backup", str(backup), "--keys", str(keys), data=first)
            assert made.returncode == 0, made.stderr
            assert len(acknowledged) > len(before)
    shutil.rmtree(first)
    assert not any("key" in path.name for path in backup.rglob("*"))

    put_back = await asyncio.to_thread(icc, "restore", str(backup), "--keys", str(keys), data=second)
    assert put_back.returncode == 0, put_back.stderr
    refused = await asyncio.to_thread(icc, "restore", str(backup), data=second)
    assert (refused.returncode, "nothing is overwritten" in refused.stderr) == (2, True)
    with running_system(second) as system:
        assert await known_at(system, then) == known_then
        kept = await listed(system)
        assert before <= kept <= acknowledged
        await until(lambda: is_true(received(system), len(kept)))
        assert await known_at(system, then) == known_then
        await post(system, invented_people(BEFORE + LOADED + 1)[-1], acknowledged)
        await until(lambda: is_true(received(system), len(kept) + 1))
        verified = await asyncio.to_thread(icc, "audit", "verify", data=second)
        assert verified.returncode == 0, verified.stdout
        assert verified.stdout.count("epoch 2: holds") == 3


async def known_at(system: System, instant: str) -> tuple[Any, Any]:
    """What was known at an instant of the referrals and of the council's quarter."""
    return (
        await series(system, f"{RECEIVED}&as_at={instant}"),
        await series(system, f"{ASSESSED}&as_at={instant}"),
    )


async def is_true(value: Any, expected: int) -> bool:
    return bool(await value == expected)


async def more_than(found: set[str], number: int) -> bool:
    return len(found) > number
