"""The processes of a benchmark: throwaway servers, one API process of each service, and the limit beside them."""

import asyncio
import contextlib
import http.client
import os
import platform as machine
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import orjson
from sqlalchemy.engine import make_url

from benchmarks.bodies import PERFORMANCE, PRACTICE, nhs_numbers, referral
from benchmarks.bystanders import ask
from shared.auth.keys import load_or_create_signing_key, mint_token
from shared.db.alembic import migrate
from shared.ids import new_id
from shared.local.ports import free_port
from shared.local.temporary import TemporaryServers, temporary_servers
from shared.registry.loading import load_registry

ROOT = Path(__file__).resolve().parents[1]
ROWS = 5_000
READY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    """One process under load."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything a measurement needs: processes, tokens and the paths of rows to read."""

    referrals: Server
    trajectories: Server
    limit: Server
    practice: str
    case_manager: str
    analyst: str
    referral_paths: Sequence[str]
    limit_paths: Sequence[str]

    @property
    def machine(self) -> str:
        """The machine in a few words."""
        return (
            f"{os.cpu_count()} shared cores, Python {machine.python_version()}, {time.strftime('%Y-%m-%d')}."
        )


@asynccontextmanager
async def open_bench() -> AsyncIterator[Bench]:
    """Start everything with data to read; all of it is gone afterwards."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="icc-benchmark-")))
        servers = stack.enter_context(temporary_servers())
        dsn = await asyncio.to_thread(_databases, servers)
        await _facts(dsn["trajectories"])
        tokens = tokens_of(directory / "data")
        referrals = stack.enter_context(serve("referrals", servers, dsn["referrals"], directory))
        trajectories = stack.enter_context(serve("trajectories", servers, dsn["trajectories"], directory))
        static = directory / "static.json"
        static.write_bytes(ask(trajectories.port, "GET", PERFORMANCE, tokens["analyst"]))
        limit = stack.enter_context(limit_beside(dsn["limit"], static, directory))
        bodies = [referral(number) for number, _ in zip(nhs_numbers(), range(ROWS), strict=False)]
        bench = Bench(
            referrals,
            trajectories,
            limit,
            tokens["practice-system"],
            tokens["case-manager"],
            tokens["analyst"],
            [
                f"/v1/referrals/{_post(referrals.port, '/v1/referrals', body, tokens['practice-system'])}"
                for body in bodies
            ],
            [f"/row/{_post(limit.port, '/insert', body, None)}" for body in bodies],
        )
        for name in ("referrals", "limit"):
            await execute(dsn[name], "vacuum analyze")  # as autovacuum has done a minute after the rows came
        yield bench


def _databases(servers: TemporaryServers) -> dict[str, str]:
    """A migrated database for each service under load, and an empty one for the limit; on one server."""
    return databases(servers, "referrals", "trajectories", "limit")


def databases(servers: TemporaryServers, *names: str) -> dict[str, str]:
    """The addresses of new databases on one server, those of services migrated."""
    addresses = {}
    for name in names:
        asyncio.run(execute(servers.database_url, f'create database "{name}"'))
        addresses[name] = (
            make_url(servers.database_url).set(database=name).render_as_string(hide_password=False)
        )
        if name != "limit":
            migrate(name, addresses[name])
    return addresses


async def execute(dsn: str, statement: str) -> None:
    """Run one statement in a database."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _facts(dsn: str) -> None:
    """Two years of one measure for every ICC, as the pull would have stored them."""
    epoch = new_id()
    communities = [entry.slug for entry in load_registry(None).communities(date(2020, 1, 1), level="icc")]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "insert into fact_subscription (author, serving) values ('outcomes', $1)", epoch
        )
        await connection.execute(
            """
            insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator,
                              known_at, provenance)
            select 'outcomes', $1, row_number() over (), 'reablement-assessments', month, place,
                   jsonb_build_object('route', route), 'route=' || route, 'cumbria', 10 + (random() * 30)::int, now(), '{}'
              from unnest($2::text[]) place, unnest(array['community', 'hospital', 'community-bed', 'not-recorded']) route,
                   generate_series(date '2019-01-01', date '2020-12-01', interval '1 month') month
            """,
            epoch,
            communities,
        )
    finally:
        await connection.close()


def tokens_of(data: Path) -> dict[str, str]:
    """Tokens of the callers under load, by role."""
    key = load_or_create_signing_key(data)

    def token(role: str, *, org: str | None = None, communities: Sequence[str] = ()) -> str:
        return mint_token(
            key,
            role=role,
            org=org,
            communities=communities,
            ttl=timedelta(hours=4),
            audience="icc",
            issuer="icc-local",
        )

    return {
        "practice-system": token("practice-system", org=PRACTICE),
        "case-manager": token("case-manager", communities=["kendal"]),
        "analyst": token("analyst"),
    }


@contextmanager
def serve(
    name: str, servers: TemporaryServers, dsn: str, directory: Path, **settings: str
) -> Iterator[Server]:
    """One API process of a service as it runs in production: encryption, audit and logs on. settings: more variables."""
    environment = {
        **os.environ,
        **settings,
        "ICC_DATA_DIR": str(directory / "data"),
        f"ICC_{name.upper()}_DATABASE_URL": dsn,
        "ICC_REDIS_URL": servers.redis_url,
        "PYTHONPATH": str(ROOT),
    }
    port = free_port()
    command = [sys.executable, "-m", f"services.{name}", "api", "--port", str(port)]
    with _process(command, environment, directory / f"{name}.log") as process:
        _wait(port, "/health/ready", process)
        yield Server(port, process.pid)


@contextmanager
def limit_beside(dsn: str, static: Path, directory: Path) -> Iterator[Server]:
    """The limit's process. static: a file of bytes for it to answer."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.limit",
        "--port",
        str(port),
        "--dsn",
        dsn,
        "--static",
        str(static),
    ]
    with _process(command, {**os.environ, "PYTHONPATH": str(ROOT)}, directory / "limit.log") as process:
        _wait(port, "/static", process)
        yield Server(port, process.pid)


@contextmanager
def _process(
    command: Sequence[str], environment: dict[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, path: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the process answers; SystemExit when it ended or took too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise SystemExit(f"{process.args!r} did not become ready")


def _post(port: int, path: str, body: bytes, token: str | None) -> str:
    identifier: str = orjson.loads(ask(port, "POST", path, token, body))["id"]
    return identifier
