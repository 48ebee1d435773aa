"""`python -m benchmarks.england [--rounds 3] [--by-age]`: a version of the shares of half England and of all of it, through the API.

Everything is invented: 6,500 practices in 1,250 communities, three years of months, a registry of their own. Beside a version
stands what cannot be left out: the same activity read by the driver, and the same rows written by COPY into the same table.
Each is done once more while others ask for `/health/live` and a small trajectory, whose slowest answer is told.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from benchmarks.bystanders import Asked, Bystander, ask
from benchmarks.cpu import cpu_seconds, parent_of
from benchmarks.invented_england import (
    EFFECTIVE,
    MEASURE,
    England,
    invent_activity,
    plan_of,
    write_registry,
)
from benchmarks.servers import ROOT, databases, execute, serve
from services.trajectories.ingest.authoring import AUTHOR
from services.trajectories.ingest.grouping import group_facts
from services.trajectories.settings import Settings
from services.trajectories.shares.jobs import draft_due
from shared.auth.keys import load_or_create_signing_key, mint_token
from shared.db.engine import Database
from shared.ids import new_id
from shared.local.temporary import TemporaryServers, temporary_servers
from shared.service.platform import open_platform

SIZES: Final = {"half": England(3_250, 625), "whole": England(6_500, 1_250)}
_SHARES: Final = "select * from trajectory_share where version_id = $1"
_ACTIVITY: Final = (
    "select place, month, numerator, known_at from fact where measure = $1 order by place, month"
)


@dataclass(slots=True)
class Spent:
    """What a piece of work took. cpu: seconds of the API (or this process), then of PostgreSQL. slowest: ms beside it."""

    wall: float
    api: float
    postgres: float
    slowest: float = 0.0
    size: int = 0

    @property
    def cpu(self) -> float:
        """Seconds of both."""
        return self.api + self.postgres


@dataclass(slots=True)
class System:
    """A served England."""

    port: int
    pid: int
    dsn: str
    postmaster: int
    tokens: dict[str, str]
    spent: dict[str, list[Spent]] = field(default_factory=dict)

    @contextmanager
    def measured(self, name: str, *, pid: int | None = None) -> Iterator[Spent]:
        """Time a block. pid: of the process that works, the API's by default."""
        told = Spent(0, 0, 0)
        watched = [pid or self.pid, self.postmaster]
        before = [cpu_seconds(one) for one in watched]
        began = time.perf_counter()
        yield told
        told.wall = time.perf_counter() - began
        told.api, told.postgres = (cpu_seconds(one) - was for one, was in zip(watched, before, strict=True))
        self.spent.setdefault(name, []).append(told)

    def measure(self, name: str, *asked: Any) -> bytes:
        """Ask as `ask` does by itself, which is timed, then with others beside, of whom the slowest is told."""
        with self.measured(name) as told:
            content = self.ask(*asked)
        told.size = len(content)
        with self._bystander() as other:
            content = self.ask(*asked)
        told.slowest = 1000 * other.slowest
        return content

    def _bystander(self) -> Bystander:
        small = f"/v1/trajectories?measure={MEASURE}&community=c0&from={EFFECTIVE}&to={EFFECTIVE}"
        return Bystander(self.port, [Asked("/health/live"), Asked(small, self.tokens["analyst"])])

    def ask(self, method: str, path: str, role: str, body: Any = None) -> bytes:
        """The bytes of an answer. SystemExit where it is refused."""
        content = None if body is None else orjson.dumps(body)
        return ask(self.port, method, path, self.tokens[role], content)


def main() -> None:
    """Print a table for each size, then how the work grew."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.england", description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--by-age", action="store_true", help="activity in age bands, as records are counted")
    given = asked.parse_args()
    with temporary_servers() as servers, tempfile.TemporaryDirectory(prefix="icc-benchmark-") as folder:
        found = {
            name: _measure(servers, Path(folder) / name, size, given.rounds, by_age=given.by_age)
            for name, size in SIZES.items()
        }
    for name, spent in found.items():
        print(f"\n{name}: {SIZES[name].practices:,} practices, {SIZES[name].communities:,} communities\n")
        print(
            "| work | s | CPU of API, s | of PostgreSQL, s | both, s | of the limit | slowest beside, ms | kB |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        limit = _median(spent["limit"], lambda one: one.cpu)
        for work, times in spent.items():
            print(_row(work, times, limit))
    for work in found["half"]:
        grew = [_median(found[name][work], lambda one: one.cpu) for name in SIZES]
        print(f"{work}: {grew[1] / max(grew[0], 0.01):.2f} times the CPU for twice the country")
    print(f"\n{given.rounds} rounds, medians. {datetime.now(UTC):%Y-%m-%d}.")


def _row(work: str, times: list[Spent], limit: float) -> str:
    def middle(of: Callable[[Spent], float]) -> float:
        return _median(times, of)

    cpu = middle(lambda one: one.cpu)
    slowest, size = middle(lambda one: one.slowest), middle(lambda one: one.size)
    parts = (middle(lambda one: one.wall), middle(lambda one: one.api), middle(lambda one: one.postgres), cpu)
    return (
        f"| {work} | {' | '.join(f'{one:.2f}' for one in parts)} | {cpu / limit:.2f} | "
        f"{slowest:.0f} | {size / 1000:,.0f} |"
    )


def _median(times: list[Spent], of: Callable[[Spent], float]) -> float:
    return statistics.median(map(of, times))


def _measure(
    servers: TemporaryServers, folder: Path, size: England, rounds: int, *, by_age: bool
) -> dict[str, list[Spent]]:
    folder.mkdir()
    registry = write_registry(folder / "registry.json", size)
    dsn = _database(servers, folder.name)
    postmaster = asyncio.run(_loaded(dsn, size, by_age=by_age))
    with serve("trajectories", servers, dsn, folder, ICC_REGISTRY_FILE=str(registry)) as server:
        system = System(server.port, server.pid, dsn, postmaster, _tokens(folder / "data"))
        system.ask("POST", "/v1/bay-trajectories", "analyst", plan_of(size))
        for _ in range(rounds):
            _round(system, registry, folder)
    return system.spent


def _database(servers: TemporaryServers, name: str) -> str:
    """The address of a migrated database of this size's own."""
    dsn = databases(servers, "trajectories")["trajectories"]
    asyncio.run(_renamed(servers.database_url, name))
    return dsn.replace("/trajectories", f"/{name}")


async def _renamed(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f'alter database trajectories rename to "{name}"')
    finally:
        await connection.close()


async def _loaded(dsn: str, size: England, *, by_age: bool = False) -> int:
    """Invent the activity. Returns the process of PostgreSQL."""
    connection = await asyncpg.connect(dsn)
    try:
        epoch = await invent_activity(connection, size, by_age=by_age)
        await _gathered(dsn, epoch)
        backend = await connection.fetchval("select pg_backend_pid()")
        return parent_of(backend)
    finally:
        await connection.close()


async def _gathered(dsn: str, epoch: UUID) -> None:
    """Gather the facts of each month, as the post that brings them does."""
    database = Database(dsn, application_name="benchmark")
    async with database.transaction() as session:
        await group_facts(session, AUTHOR, epoch)
    await database.close()


def _tokens(data: Path) -> dict[str, str]:
    key = load_or_create_signing_key(data)
    return {
        role: mint_token(
            key,
            role=role,
            org=None,
            communities=(),
            ttl=timedelta(hours=4),
            audience="icc",
            issuer="icc-local",
        )
        for role in ("analyst", "publisher")
    }


def _round(system: System, registry: Path, folder: Path) -> None:
    """One version drafted, read, explained and approved; one drafted by the worker; the limit."""
    asked = {"measure": MEASURE, "effective_from": EFFECTIVE}
    version = orjson.loads(
        system.measure("drafted through the API", "POST", "/v1/trajectory-versions", "analyst", asked)
    )
    path = f"/v1/trajectory-versions/{version['id']}"
    asyncio.run(_limit(system, version["id"]))
    system.measure("read whole", "GET", path, "analyst")
    system.measure("its communities read", "GET", f"{path}?level=icc", "analyst")
    with system.measured("approved"):
        system.ask("POST", f"{path}/approve", "publisher", {"reason": "Agreed"})
    of = f"measure={MEASURE}"
    explained = f"/v1/trajectories/explain?{of}&community=c7&month={EFFECTIVE}"
    system.measure("explained, a community", "GET", explained, "analyst")
    in_force = f"/v1/trajectories?{of}&from={EFFECTIVE}&to=2027-09"
    system.measure("all communities in force, 12 months", "GET", in_force, "analyst")
    asyncio.run(_by_worker(system, registry, folder))


async def _by_worker(system: System, registry: Path, folder: Path) -> None:
    """The same as the worker drafts it, in this process; the versions made before are forgotten."""
    await execute(system.dsn, "truncate trajectory_version cascade")
    told = {
        "environment": "test",
        "data_dir": folder / "data",
        "redis_url": "none",
        "registry_file": registry,
        "trajectories": {"database_url": system.dsn},
    }
    async with open_platform("trajectories", Settings.model_validate(told)) as platform:
        with system.measured("drafted by the worker", pid=os.getpid()):
            await draft_due(platform)
    await execute(system.dsn, "truncate trajectory_version cascade")


async def _limit(system: System, version: str) -> None:
    """Read the activity, and write the rows of a version again under another, which is then undone."""
    connection = await asyncpg.connect(system.dsn)
    try:
        rows = [tuple(row) for row in await connection.fetch(_SHARES, version)]
        again = new_id()
        copies = [(again, *row[1:]) for row in rows]
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            """insert into trajectory_version select (jsonb_populate_record(v, jsonb_build_object('id', $2::text,
               'superseded_by', $2::text))).* from trajectory_version v where id = $1""",
            version,
            str(again),
        )
        with system.measured("limit", pid=os.getpid()):
            await connection.fetch(_ACTIVITY, MEASURE)
            await connection.copy_records_to_table("trajectory_share", records=copies)
        await transaction.rollback()
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
