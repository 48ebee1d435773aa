"""`python -m benchmarks.cold [--questions 200] [--wide 10]`: answers of the report that nobody has asked for before.

Each question has an `as_at` of its own, so nothing that was kept is of use: eight communities of the Bay over two years with
trajectory, target and chart, and every community of an invented England over three years. One question at a time over HTTP;
the limit beside it reads the same facts with one statement, and has the same bytes from memory, in the same run.
"""

import argparse
import asyncio
import http.client
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import asyncpg
import orjson

from benchmarks.servers import ROOT, Server, databases, limit_beside, serve, tokens_of
from benchmarks.whole_system import cpu_by_kind
from services.trajectories.ingest.authoring import author_facts
from shared.db.engine import Database
from shared.facts.cells import Cell
from shared.facts.fairness import AGES
from shared.ids import new_id
from shared.local.temporary import temporary_servers
from shared.months import Month, month_range
from shared.registry.loading import load_registry

NON_ELECTIVE, EMERGENCY = "non-elective-admissions", "emergency-admissions"
TWO_YEARS = month_range(Month(2024, 11), Month(2026, 10))
THREE_YEARS = month_range(Month(2023, 11), Month(2026, 10))
BAY = f"/v1/performance?measure={NON_ELECTIVE}&from=2024-11&to=2026-10&include=trajectory,target,spc"
ENGLAND = f"/v1/performance?measure={EMERGENCY}&from=2023-11&to=2026-10"
PRACTICES, COMMUNITIES = 6_500, 1_250
SINCE = "2013-04-01"
_SELECT = """
    select measure, month, breakdown_key, author, source, provenance::text, places, numerators, denominators, known_at
      from fact_group where measure = $1 and month between $2 and $3
"""
_PLAN = """
    insert into bay_trajectory (id, measure, year, version, label, definition, status, first_month, months, client)
    values ($1, $2, '2024-25', 1, 'invented', '1', 'agreed', '2024-04-01', '{}', 'benchmark')
"""
_VERSION = """
    insert into trajectory_version (id, measure, effective_from, last_month, bay_trajectory_id, window_months, lag_months,
        window_first, window_last, excluded_months, blocked, new_practices, total, sources, data_known_at, registry_digest,
        status, drafted_at, decided_at)
    values ($1, $2, '2024-04-01', '2027-03-01', $3, 12, 2, '2023-02-01', '2024-01-01', '[]', '[]', 'literal', 8, '[]',
            now(), '', 'approved', now(), now())
"""
_SHARES = """
    insert into trajectory_share (version_id, place, kind, community, numerator, months_seen, estimated, integers)
    select $1, place, 'community', place, 1, 12, false, array_fill(400::bigint, array[36]) from unnest($2::text[]) place
"""
_TARGETS = """
    insert into target (id, community, measure, period, grain, month, kind, value, unit, client, author)
    select gen_random_uuid(), place, $1, to_char(month, 'YYYY-MM'), 'month', month, 'value', 350, 'count', 'benchmark', 'invented'
      from unnest($2::text[]) place, generate_series(date '2025-11-01', date '2026-10-01', interval '1 month') month
"""
Fill: TypeAlias = Callable[[Database], Awaitable[None]]
HEAD = (
    "| question | bytes | p50 ms | p99 ms | limit p50 ms | times the limit | CPU of API ms | of PostgreSQL ms | to reach |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A line of the table. path: of the question.   facts: the scope of the facts it is about.   budget: in words."""

    name: str
    path: str
    facts: tuple[str, Month, Month]
    times: int
    budget: str


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold", description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--wide", type=int, default=10)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    months = (TWO_YEARS[0], TWO_YEARS[-1]), (THREE_YEARS[0], THREE_YEARS[-1])
    bay = Question(
        "8 communities × 24 months with trajectory, target and chart",
        BAY,
        (NON_ELECTIVE, *months[0]),
        given.questions,
        "p99 15 ms",
    )
    england = Question(
        "1,250 communities × 36 months", ENGLAND, (EMERGENCY, *months[1]), given.wide, "300 ms"
    )
    sys.stdout.write(f"{HEAD}\n")
    for question, fill, registry in ((bay, _fill_bay, None), (england, _fill_england, _england())):
        sys.stdout.write(f"{_line(question, fill, registry)}\n")
        sys.stdout.flush()
    sys.stdout.write(
        f"\nOne question at a time. {os.cpu_count()} shared cores, {datetime.now(UTC):%Y-%m-%d}.\n"
    )


def _line(question: Question, fill: Fill, registry: dict[str, Any] | None) -> str:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="icc-benchmark-")))
        servers = stack.enter_context(temporary_servers())
        dsn = databases(servers, "trajectories", "limit")
        asyncio.run(_filled(dsn["trajectories"], fill))
        settings = {}
        if registry is not None:
            settings["ICC_REGISTRY_FILE"] = str(folder / "registry.json")
            (folder / "registry.json").write_bytes(orjson.dumps(registry))
        token = tokens_of(folder / "data")["analyst"]
        api = stack.enter_context(serve("trajectories", servers, dsn["trajectories"], folder, **settings))
        paths, asking = _paths(question), _kept_alive(stack, api)
        # The first ones find what counts where, and plan the statements.
        bodies = [_asked(asking, path, token) for path in paths[: question.times]]
        static = folder / "static.json"
        static.write_bytes(bodies[0])
        limit = _kept_alive(stack, stack.enter_context(limit_beside(dsn["limit"], static, folder)))
        before = cpu_by_kind(os.getpid())
        times = [_timed(asking, path, token) for path in paths[question.times :]]
        after = cpu_by_kind(os.getpid())
        from_memory = [_timed(limit, "/static", token) for _ in times]
        read = asyncio.run(_read(dsn["trajectories"], question))
    cpu = [1000 * (after[kind] - before[kind]) / question.times for kind in ("trajectories", "postgres")]
    p50, least = statistics.median(times), statistics.median(from_memory) + statistics.median(read)
    p99 = sorted(times)[min(int(0.99 * len(times)), len(times) - 1)]
    return (
        f"| {question.name} | {len(bodies[0]):,} | {p50:.1f} | {p99:.1f} | {least:.1f} | **{p50 / least:.1f}** "
        f"| {cpu[0]:.1f} | {cpu[1]:.1f} | {question.budget} |"
    )


def _paths(question: Question) -> list[str]:
    """The question as known at so many instants, each another."""
    now = datetime.now(UTC)
    instants = (now - timedelta(microseconds=number) for number in range(1, 2 * question.times + 1))
    return [f"{question.path}&as_at={quote(instant.isoformat())}" for instant in instants]


def _kept_alive(stack: ExitStack, server: Server) -> http.client.HTTPConnection:
    """A connection that asks one question after the other."""
    return stack.enter_context(closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)))


def _timed(asking: http.client.HTTPConnection, path: str, token: str) -> float:
    """Milliseconds of one answer."""
    began = time.perf_counter()
    _asked(asking, path, token)
    return 1000 * (time.perf_counter() - began)


def _asked(asking: http.client.HTTPConnection, path: str, token: str) -> bytes:
    asking.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = asking.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
    return body


async def _read(dsn: str, question: Question) -> list[float]:
    """Milliseconds of reading the facts, as they are stored, by one statement of the bare driver."""
    measure, first, last = question.facts
    connection = await asyncpg.connect(dsn)
    times = []
    for _ in range(question.times):
        began = time.perf_counter()
        await connection.fetch(_SELECT, measure, first.first_day, last.first_day)
        times.append(1000 * (time.perf_counter() - began))
    await connection.close()
    return times


async def _filled(dsn: str, fill: Fill) -> None:
    database = Database(dsn, application_name="benchmark")
    await database.open()
    await fill(database)
    await database.close()
    connection = await asyncpg.connect(dsn)
    await connection.execute("vacuum analyze")
    await connection.close()


async def _fill_bay(database: Database) -> None:
    """Admissions of the Bay's practices by age, each month a file; a plan in force, and a target a month of the last year."""
    registry = load_registry(None)
    iccs = [one.slug for one in registry.communities(TWO_YEARS[0].first_day, level="icc")]
    codes = [one.code for one in registry.file.practices]
    draw = random.Random(1)  # noqa: S311 -- invented figures, the same in every run
    for month in TWO_YEARS:
        cells = [
            _cell(NON_ELECTIVE, month, code, draw.randint(0, 30), ("age", age))
            for code in codes
            for age in AGES
        ]
        async with database.transaction() as session:
            await author_facts(session, cells)
    plan, version = new_id(), new_id()
    async with database.connection() as connection:
        await connection.execute(_PLAN, plan, NON_ELECTIVE)
        await connection.execute(_VERSION, version, NON_ELECTIVE, plan)
        await connection.execute(_SHARES, version, iccs)
        await connection.execute(_TARGETS, NON_ELECTIVE, iccs)


async def _fill_england(database: Database) -> None:
    """One figure of each practice and month, each month a file."""
    draw = random.Random(2)  # noqa: S311 -- as above
    for month in THREE_YEARS:
        cells = [_cell(EMERGENCY, month, _practice(at), draw.randint(5, 95)) for at in range(PRACTICES)]
        async with database.transaction() as session:
            await author_facts(session, cells)


def _cell(measure: str, month: Month, place: str, count: int, *breakdowns: tuple[str, str]) -> Cell:
    return Cell(
        measure=measure,
        month=month,
        place=place,
        source="hospital",
        numerator=count,
        breakdowns=breakdowns,
        provenance={"feed": "activity", "file": str(month)},
    )


def _practice(at: int) -> str:
    return f"P{at:05d}"


def _england() -> dict[str, Any]:
    """A registry of as many practices and communities as England might have."""
    since = {"valid_from": SINCE}
    slugs = [f"c{at:04d}" for at in range(COMMUNITIES)]
    iccs = [
        {
            "slug": slug,
            "name": f"Community {slug}",
            "level": "icc",
            **since,
            "parents": [{"of": "england", **since}],
            "counts_as_icc": [since],
        }
        for slug in slugs
    ]
    practices = [
        {
            "code": _practice(at),
            "name": f"Practice {at}",
            "postcode": "LA1 1AA",
            **since,
            "memberships": [{"of": slugs[at % COMMUNITIES], **since}],
        }
        for at in range(PRACTICES)
    ]
    return {
        "schema_version": 1,
        "edition": "invented",
        "sources": {"invented": "invented"},
        "communities": [{"slug": "england", "name": "England", "level": "system", **since}, *iccs],
        "lines": [
            {"slug": "unassigned", "name": "To be confirmed", "kind": "unassigned", "counts_to": "england"},
            {"slug": "outside", "name": "Outside", "kind": "outside"},
        ],
        "practices": practices,
    }


if __name__ == "__main__":
    main()
