"""A database that went back in time on purpose goes on in a new epoch, and what was undone is told."""

import asyncpg

from shared.audit.anchors import Anchor, anchor_folder, newest_anchor
from shared.audit.epochs import RESTORED, begin_next_epoch
from shared.audit.verification import BreakKind
from tests.shared.audit.conftest import AuditPlatform
from tests.shared.audit.test_sealing import CUT, UNGUARDED, checked, found, sealed, write

REASON = "restored from the copy of Friday, the disk was lost"


async def went_back(platform: AuditPlatform, connection: asyncpg.Connection) -> None:
    """Five rows are sealed, the last two one by one; then the database is that of the third."""
    sealer = platform.sealer()
    for events in ("abc", "d", "e"):
        await write(platform, *events)
        await sealer.seal_pending()
    await connection.execute(UNGUARDED)
    await connection.execute(CUT)


async def begin(platform: AuditPlatform, connection: asyncpg.Connection) -> Anchor:
    return await begin_next_epoch(
        connection, signer=platform.signer, data_dir=platform.settings.data_dir, reason=REASON
    )


async def test_after_a_restore_that_was_told_rows_are_sealed_and_the_audit_holds(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await went_back(platform, connection)
    anchor = await begin(platform, connection)
    assert (anchor.epoch, anchor.seq, anchor.after) == (2, 3, 5)
    await write(platform, "next")
    await platform.seal()
    assert await sealed(connection) == ["a", "b", "c", RESTORED, "next"]
    report = await checked(platform)
    assert (report.first_break, report.epoch, report.undone) == (None, 2, 2)
    detail = await connection.fetchval("select detail from audit where event = $1", RESTORED)
    assert REASON in detail


async def test_a_running_sealer_goes_on_in_the_new_epoch(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await went_back(platform, connection)
    sealer = platform.sealer()
    await sealer.seal_pending()
    assert len(await sealed(connection)) == 3
    await begin(platform, connection)
    await sealer.seal_pending()
    newest = newest_anchor(platform.settings.data_dir, platform.signer)
    assert newest is not None
    assert newest.place == (2, 5)


async def test_a_restore_excuses_nothing_that_was_sealed_before_it(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await went_back(platform, connection)
    await begin(platform, connection)
    await platform.seal()
    await connection.execute("delete from audit_seal where seq > 2")
    assert found(await checked(platform)) == (BreakKind.CUT, 3)


async def test_a_database_that_is_restored_without_a_word_is_a_break(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await went_back(platform, connection)
    await begin(platform, connection)
    await connection.execute(
        "alter table audit_epoch disable trigger all; delete from audit_epoch where epoch = 2"
    )
    report = await checked(platform)
    assert found(report) == (BreakKind.CHANGED, 3)


async def test_two_restores_in_a_row_undo_what_each_undid(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await went_back(platform, connection)
    await begin(platform, connection)
    await platform.seal()
    await connection.execute("delete from audit; delete from audit_seal")
    assert (await begin(platform, connection)).epoch == 3
    await platform.seal()
    report = await checked(platform)
    assert (report.first_break, report.epoch, report.undone) == (None, 3, 2 + 4)
    (day,) = anchor_folder(platform.settings.data_dir, platform.service).iterdir()
    assert len(day.read_bytes().splitlines()) == report.anchors
