"""Every row gets its seal, whatever else runs; and a table that was cut gets none until somebody has looked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import structlog

from shared.audit import record
from shared.audit.anchors import anchor_folder
from shared.audit.sealing import STOPPED
from shared.audit.verification import AuditReport, BreakKind, verify
from shared.telemetry.metrics import render_metrics
from tests.shared.audit.conftest import AuditPlatform
from tests.support.databases import Databases
from tests.support.running import Running, running

UNGUARDED = "alter table audit disable trigger all; alter table audit_seal disable trigger all"
SEALED = "select a.event from audit_seal s join audit a on a.id = s.audit_id order by s.seq"
CUT = """
    delete from audit where id in (select audit_id from audit_seal where seq > 3);
    delete from audit_seal where seq > 3
"""


async def write(platform: AuditPlatform, *events: str) -> None:
    """A row for each event, each in a transaction of its own."""
    for event in events:
        async with platform.database.transaction() as session:
            record(session, caller=None, event=event)


async def checked(platform: AuditPlatform) -> AuditReport:
    return await verify(
        platform.database, signer=platform.signer, data_dir=platform.settings.data_dir, patience=0
    )


async def sealed(connection: asyncpg.Connection) -> list[str]:
    return [row["event"] for row in await connection.fetch(SEALED)]


def anchor_files(platform: AuditPlatform) -> list[Path]:
    return sorted(anchor_folder(platform.settings.data_dir, platform.service).iterdir())


def found(report: AuditReport) -> tuple[BreakKind, int | None]:
    assert report.first_break is not None
    return report.first_break.kind, report.first_break.seq


async def test_a_row_is_sealed_while_an_older_transaction_runs_and_that_ones_row_after_it_has_ended(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    sealer = platform.sealer()
    async with platform.database.transaction() as session:
        record(session, caller=None, event="late")
        await session.flush()
        await connection.execute("begin; select pg_current_xact_id()")
        await write(platform, "early")
        await sealer.seal_pending()
        assert await sealed(connection) == ["early"]
    await connection.execute("commit")
    await sealer.seal_pending()
    assert await sealed(connection) == ["early", "late"]
    assert (await checked(platform)).ok


async def test_a_row_that_commits_late_is_found_by_a_sealer_that_has_started_since(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    async with platform.database.transaction() as session:
        record(session, caller=None, event="late")
        await session.flush()
        await write(platform, "early")
        await platform.seal()
    await platform.seal()
    assert await sealed(connection) == ["early", "late"]


async def test_the_numbers_of_undone_transactions_are_not_waited_for_by_others(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    sealer = platform.sealer()
    await write(platform, "one")
    await connection.fetch(
        "select nextval(pg_get_serial_sequence('audit', 'arrival')) from generate_series(1, 3000)"
    )
    await write(platform, "two")
    await sealer.seal_pending()
    await write(platform, "three")
    await sealer.seal_pending()
    assert await sealed(connection) == ["one", "two", "three"]
    assert (await checked(platform)).ok


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_cut_table_stops_the_sealer_which_tells_of_it_and_heals_nothing(
    platform: AuditPlatform, connection: asyncpg.Connection, restarted: bool
) -> None:
    sealer = platform.sealer()
    await write(platform, *"abcde")
    await sealer.seal_pending()
    await connection.execute(UNGUARDED)
    await connection.execute(CUT)
    await write(platform, "next")
    sealer = platform.sealer() if restarted else sealer
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await sealer.seal_pending()
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("audit.sealing_stopped", "error")]
    assert b"icc_audit_sealing_stopped 1.0" in render_metrics(None)
    assert await sealed(connection) == ["a", "b", "c"]
    assert await connection.fetchval("select code from audit where event = $1", STOPPED) == "cut"
    assert found(await checked(platform)) == (BreakKind.CUT, 5)


async def test_a_table_made_anew_under_its_anchors_stops_the_sealer(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write(platform, *"abc")
    await platform.seal()
    await connection.execute(f"{UNGUARDED}; alter table audit_epoch disable trigger all")
    await connection.execute("truncate audit, audit_seal, audit_epoch")
    await write(platform, *"abcd")
    await platform.seal()
    assert await sealed(connection) == []


@pytest.mark.parametrize("restarted", [False, True])
async def test_rows_and_anchors_that_are_all_gone_are_missed(
    platform: AuditPlatform, connection: asyncpg.Connection, restarted: bool
) -> None:
    sealer = platform.sealer()
    await write(platform, *"abc")
    await sealer.seal_pending()
    await connection.execute(UNGUARDED)
    await connection.execute("truncate audit, audit_seal")
    for file in anchor_files(platform):
        file.unlink()
    assert found(await checked(platform)) == (BreakKind.UNANCHORED, 0)
    await write(platform, "next")
    await (platform.sealer() if restarted else sealer).seal_pending()
    assert await sealed(connection) == []
    assert found(await checked(platform))[0] is BreakKind.UNANCHORED


async def test_seals_that_no_anchor_covers_after_a_minute_are_a_break(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    time = [datetime(2026, 6, 12, 23, 59, tzinfo=UTC)]
    sealer = replace(platform, signer=replace(platform.signer, clock=lambda: time[0])).sealer()
    await write(platform, "first day")
    await sealer.seal_pending()
    time[0] += timedelta(days=1)
    await write(platform, "second day")
    await sealer.seal_pending()
    assert [file.name for file in anchor_files(platform)] == ["2026-06-12.jsonl", "2026-06-13.jsonl"]
    assert (await checked(platform)).ok
    anchor_files(platform)[-1].unlink()
    await connection.execute(UNGUARDED)
    await connection.execute("update audit_seal set sealed_at = sealed_at - interval '61 seconds'")
    assert found(await checked(platform)) == (BreakKind.UNANCHORED, 2)


@pytest.mark.parametrize("line", [1, 2])
async def test_an_anchor_that_was_taken_out_or_changed_is_missed_by_the_one_after_it(
    platform: AuditPlatform, line: int
) -> None:
    sealer = platform.sealer()
    for event in "abc":
        await write(platform, event)
        await sealer.seal_pending()
    (file,) = anchor_files(platform)
    whole = file.read_bytes().splitlines(keepends=True)
    assert len(whole) == 4
    file.write_bytes(b"".join(whole[:line] + whole[line + 1 :]))
    assert found(await checked(platform)) == (BreakKind.UNANCHORED, line)
    whole[line] = whole[line].replace(b'"seq":%d' % line, b'"seq":0')
    file.write_bytes(b"".join(whole))
    assert found(await checked(platform)) == (BreakKind.UNANCHORED, line)


async def test_a_day_of_anchors_that_is_gone_is_missed_by_the_next(
    platform: AuditPlatform,
) -> None:
    time = [datetime(2026, 6, 12, 12, 0, tzinfo=UTC)]
    sealer = replace(platform, signer=replace(platform.signer, clock=lambda: time[0])).sealer()
    for back in (0, 1, 1, -1):
        time[0] += timedelta(days=back)
        await write(platform, f"day {back}")
        await sealer.seal_pending()
    first, second, third = anchor_files(platform)
    assert (await checked(platform)).ok
    second.unlink()
    assert found(await checked(platform))[0] is BreakKind.UNANCHORED
    assert (first.exists(), third.exists()) == (True, True)


async def test_a_chain_from_before_there_were_epochs_is_taken_up_where_it_ends(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write(platform, *"abc")
    await platform.seal()
    await connection.execute("alter table audit_epoch disable trigger all; delete from audit_epoch")
    for file in anchor_files(platform):
        file.unlink()
    await write(platform, "next")
    await platform.seal()
    report = await checked(platform)
    assert (report.first_break, report.sealed, report.epoch) == (None, 4, 1)


async def test_half_a_line_left_by_a_full_disk_spoils_no_anchor(platform: AuditPlatform) -> None:
    await write(platform, "a")
    await platform.seal()
    (file,) = anchor_files(platform)
    file.write_bytes(file.read_bytes() + b'{"service":"outc')
    await write(platform, "b")
    await platform.seal()
    report = await checked(platform)
    assert (report.ok, report.anchors) == (True, 3)


async def test_a_row_that_waits_longer_than_a_minute_for_its_seal_is_a_break(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await platform.seal()
    await write(platform, "waits")
    assert (await checked(platform)).ok
    await connection.execute(UNGUARDED)
    await connection.execute("update audit set recorded_at = recorded_at - interval '61 seconds'")
    assert found(await checked(platform)) == (BreakKind.UNSEALED, None)


async def test_a_row_hidden_behind_a_number_that_was_changed_is_sealed_all_the_same(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write(platform, "a")
    await platform.seal()
    await write(platform, "hidden")
    await connection.execute(UNGUARDED)
    await connection.execute("update audit set arrival = -5 where event = 'hidden'")
    assert (await checked(platform)).unsealed == 1
    await platform.seal()
    assert await sealed(connection) == ["a", "hidden"]


async def test_readiness_warns_and_metrics_tell_of_a_row_that_waits(
    databases: Databases, tmp_path: Path
) -> None:
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path) as service,
    ):
        await service.client.get("/v1/audit")
        assert await health(service) == "ok"
        await service.rows("alter table audit disable trigger all")
        await service.rows("update audit set recorded_at = recorded_at - interval '40 seconds'")
        assert await health(service) == "unsealed"
        metrics = await service.client.get("/metrics", headers=service.token("operator"))
        waited = next(
            line for line in metrics.text.splitlines() if line.startswith("icc_audit_unsealed_seconds ")
        )
        assert 40 <= float(waited.split()[1]) < 100
        await service.work()
        assert await health(service) == "ok"


async def health(service: Running) -> str:
    """What readiness says of the audit; it stays 200 whatever that is."""
    answer: httpx.Response = await service.client.get("/health/ready")
    assert answer.status_code == 200
    checks: dict[str, str] = answer.json()["checks"]
    return checks["audit"]
