"""The chain holds for an honest record, and every tampering with it is found."""

# ruff: noqa: S608 -- who tampers writes SQL from the names in this file, and chance is seeded so that a run can be repeated

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from starlette.requests import Request

from shared.audit import AuditSigner, audit_insert, audit_values, record
from shared.audit.recording import SIGNER
from shared.audit.verification import AuditReport, BreakKind, verify
from shared.auth.caller import ROLES, Caller
from shared.problems import NotFound
from shared.service.handlers import record_refusal
from tests.shared.audit.conftest import AuditPlatform

ROWS = 60
SEED = 20_261_121
TAMPERINGS = 100
LONDON = ZoneInfo("Europe/London")
CALLER = Caller(client="local:analyst", scopes=ROLES["analyst"])


async def write_rows(platform: AuditPlatform, count: int) -> None:
    """`count` rows, some transactions with two."""
    for number in range(count):
        if number % 5 != 1:
            async with platform.database.transaction() as session:
                record(session, caller=CALLER, event="feed.read", detail={"rows": number, "name": "Ænima"})
                if number % 5 == 0 and number + 1 < count:
                    record(session, caller=None, event="feed.accepted", version_after=number)


async def checked(platform: AuditPlatform) -> AuditReport:
    return await verify(platform.database, signer=platform.signer, data_dir=platform.settings.data_dir)


async def test_an_honest_record_holds_and_is_numbered_without_gaps(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write_rows(platform, 12)
    await platform.seal()
    await write_rows(platform, 3)
    report = await checked(platform)
    assert (report.ok, report.sealed, report.unsealed, report.anchors) == (True, 12, 3, 2)
    assert [row["seq"] for row in await connection.fetch("select seq from audit_seal order by seq")] == list(
        range(1, 13)
    )


AWKWARD = {
    "ü": ["\u2028", '"', "\\", ""],
    "z": {"b": 1, "a": None},
    "n": -(2**53),
    "t": True,
    "": [],
    "é": "e\u0301",
}


async def test_rows_of_a_session_of_one_statement_and_of_a_refusal_all_hold_when_read_back(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    about = {"detail": AWKWARD, "person": "9990000018", "resource_id": uuid4(), "version_before": 2**31 - 1}
    async with platform.database.transaction() as session:
        record(session, caller=CALLER, event="feed.read", **about)
    values = audit_values(platform.signer, caller=CALLER, event="feed.read", **about)
    await connection.execute(f"with r as (select 1) {audit_insert(first=1, source='r')}", *values)
    request = Request(
        {"type": "http", "method": "GET", "path_params": {}, "headers": [], "state": {"caller": CALLER}}
    )
    await record_refusal(platform, request, NotFound())
    await platform.seal()
    report = await checked(platform)
    assert (report.ok, report.sealed) == (True, 3)


async def test_an_instant_on_the_second_holds_like_any_other(platform: AuditPlatform) -> None:
    on_the_second = replace(platform.signer, clock=lambda: datetime(2026, 6, 12, 9, 30, tzinfo=LONDON))
    platform.database.session_info[SIGNER] = on_the_second
    await write_rows(platform, 2)
    await platform.seal()
    assert (await checked(platform)).ok


async def test_sealers_that_run_at_once_seal_every_row_once(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write_rows(platform, 20)
    await asyncio.gather(*(platform.seal() for _ in range(4)))
    assert await connection.fetchval("select count(*) from audit_seal") == 20
    assert (await checked(platform)).ok


async def test_a_row_signed_by_another_service_does_not_hold_here(platform: AuditPlatform) -> None:
    await write_rows(platform, 1)
    stranger = AuditSigner("referrals", platform.keyring, platform.clock)
    report = await verify(platform.database, signer=stranger, data_dir=platform.settings.data_dir)
    assert report.first_break is not None
    assert report.first_break.kind is BreakKind.INSERTED


class Tampering:
    """What someone with every right in the database, and no key, could do to sealed rows."""

    def __init__(self, connection: asyncpg.Connection, chance: random.Random) -> None:
        self.connection, self.chance = connection, chance

    async def some_seq(self) -> int:
        """A number of the chain with at least one after it."""
        return self.chance.randrange(1, await self.connection.fetchval("select count(*) from audit_seal"))

    async def row_at(self, seq: int) -> asyncpg.Record:
        return await self.connection.fetchrow(
            "select a.* from audit a join audit_seal s on s.audit_id = a.id where s.seq = $1", seq
        )

    async def change_a_text(self) -> None:
        columns = "event outcome code client client_name role org purpose peer request_id correlation_id resource_type resource_id"
        column = self.chance.choice(columns.split())
        row = await self.row_at(await self.some_seq())
        await self.connection.execute(
            f"update audit set {column} = $2 where id = $1", row["id"], f"x{self.chance.random()}"
        )

    async def change_a_figure(self) -> None:
        column = self.chance.choice(["version_before", "version_after"])
        row = await self.row_at(await self.some_seq())
        await self.connection.execute(f"update audit set {column} = 777 where id = $1", row["id"])

    async def change_a_time(self) -> None:
        column = self.chance.choice(["at", "recorded_at"])
        row = await self.row_at(await self.some_seq())
        await self.connection.execute(
            f"update audit set {column} = {column} - interval '1 us' where id = $1", row["id"]
        )

    async def change_the_detail(self) -> None:
        row = await self.row_at(await self.some_seq())
        value = self.chance.choice(['{"rows": 0.5}', '{"rows": 99999}', '{"rows": "1", "more": null}'])
        await self.connection.execute("update audit set detail = $2 where id = $1", row["id"], value)

    async def change_bytes(self) -> None:
        column = self.chance.choice(["mac", "person_key"])
        row = await self.row_at(await self.some_seq())
        await self.connection.execute(
            f"update audit set {column} = $2 where id = $1", row["id"], self.chance.randbytes(32)
        )

    async def delete_a_row(self) -> None:
        row = await self.row_at(await self.some_seq())
        await self.connection.execute("delete from audit where id = $1", row["id"])

    async def delete_a_row_and_its_seal(self) -> None:
        seq = await self.some_seq()
        row = await self.row_at(seq)
        await self.connection.execute("delete from audit where id = $1", row["id"])
        await self.connection.execute("delete from audit_seal where seq = $1", seq)

    async def delete_a_row_and_close_the_gap(self) -> None:
        seq = await self.some_seq()
        await self.delete_seq(seq)
        for later in await self.connection.fetch(
            "select seq from audit_seal where seq > $1 order by seq", seq
        ):
            await self.connection.execute("update audit_seal set seq = seq - 1 where seq = $1", later["seq"])

    async def delete_seq(self, seq: int) -> None:
        row = await self.row_at(seq)
        await self.connection.execute("delete from audit where id = $1", row["id"])
        await self.connection.execute("delete from audit_seal where seq = $1", seq)

    async def cut_the_end_off(self) -> None:
        seq = await self.some_seq()
        await self.connection.execute(
            "delete from audit where id in (select audit_id from audit_seal where seq > $1)", seq
        )
        await self.connection.execute("delete from audit_seal where seq > $1", seq)

    async def empty_both_tables(self) -> None:
        await self.connection.execute("truncate audit, audit_seal")

    async def copy_a_row(self) -> None:
        row = await self.row_at(await self.some_seq())
        await self.insert({**row, "id": uuid4()})

    async def forge_a_row_as_the_newest(self) -> None:
        row = await self.row_at(await self.some_seq())
        newest = await self.connection.fetchval("select pg_current_xact_id()")
        await self.insert({**row, "id": uuid4(), "txid": newest, "mac": self.chance.randbytes(32)})

    async def insert(self, values: dict[str, object]) -> None:
        names = ", ".join(values)
        slots = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await self.connection.execute(f"insert into audit ({names}) values ({slots})", *values.values())

    async def swap_what_two_rows_say(self) -> None:
        seq = await self.some_seq()
        one, two = await self.row_at(seq), await self.row_at(seq + 1)
        for row, other in ((one, two), (two, one)):
            await self.connection.execute(
                "update audit set at = $2, event = $3, client = $4, role = $5, version_after = $6, detail = $7, mac = $8 where id = $1",
                row["id"],
                *(
                    other[name]
                    for name in ("at", "event", "client", "role", "version_after", "detail", "mac")
                ),
            )

    async def swap_two_seals(self) -> None:
        seq = await self.some_seq()
        for before, after in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
            await self.connection.execute("update audit_seal set seq = $2 where seq = $1", before, after)

    async def move_a_row_to_another_transaction(self) -> None:
        row = await self.row_at(await self.some_seq())
        await self.connection.execute(
            "update audit set txid = $2 where id = $1", row["id"], row["txid"] + 1_000_000
        )

    async def change_a_seal(self) -> None:
        column = self.chance.choice(["row_hash", "chain_hash"])
        await self.connection.execute(
            f"update audit_seal set {column} = $2 where seq = $1",
            await self.some_seq(),
            self.chance.randbytes(32),
        )


KINDS: list[Callable[[Tampering], Awaitable[None]]] = [
    method
    for name, method in vars(Tampering).items()
    if name.split("_")[0] in {"change", "delete", "cut", "empty", "copy", "forge", "swap", "move"}
    and name != "delete_seq"
]


async def test_one_hundred_random_tamperings_are_all_found(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write_rows(platform, ROWS)
    await platform.seal()
    await connection.execute(
        "create table kept_rows as table audit; create table kept_seals as table audit_seal"
    )
    await connection.execute(
        "alter table audit disable trigger all; alter table audit_seal disable trigger all"
    )
    assert (await checked(platform)).ok
    chance = random.Random(SEED)
    order = [KINDS[n % len(KINDS)] for n in range(TAMPERINGS)]
    missed = []
    for tamper in order:
        await tamper(Tampering(connection, chance))
        if (await checked(platform)).ok:
            missed.append(tamper.__name__)
        await connection.execute(
            "truncate audit, audit_seal; insert into audit table kept_rows; insert into audit_seal table kept_seals"
        )
    assert missed == []
    assert (await checked(platform)).ok


@pytest.mark.parametrize(
    ("tamper", "kind", "seq"),
    [
        (
            "update audit set client = 'someone-else' where id = (select audit_id from audit_seal where seq = 4)",
            BreakKind.CHANGED,
            4,
        ),
        (
            "delete from audit where id = (select audit_id from audit_seal where seq = 4)",
            BreakKind.DELETED,
            4,
        ),
        ("delete from audit_seal where seq = 4", BreakKind.DELETED, 4),
        (
            "delete from audit where id in (select audit_id from audit_seal where seq > 4); delete from audit_seal where seq > 4",
            BreakKind.CUT,
            8,
        ),
        (
            "update audit_seal set seq = -1 where seq = 4; update audit_seal set seq = 4 where seq = 5; update audit_seal set seq = 5 where seq = -1",
            BreakKind.REORDERED,
            4,
        ),
    ],
)
async def test_the_report_names_the_first_break(
    platform: AuditPlatform, connection: asyncpg.Connection, tamper: str, kind: BreakKind, seq: int
) -> None:
    await write_rows(platform, 8)
    await platform.seal()
    await connection.execute(
        "alter table audit disable trigger all; alter table audit_seal disable trigger all"
    )
    await connection.execute(tamper)
    found = (await checked(platform)).first_break
    assert found is not None
    assert (found.kind, found.seq) == (kind, seq)


async def test_a_row_put_in_before_the_last_seal_is_named(
    platform: AuditPlatform, connection: asyncpg.Connection
) -> None:
    await write_rows(platform, 8)
    await platform.seal()
    await connection.execute(
        "insert into audit (id, txid, recorded_at, at, event, outcome, detail, mac) "
        "select $1, txid, recorded_at, at, event, outcome, detail, mac from audit order by txid limit 1",
        forged := uuid4(),
    )
    found = (await checked(platform)).first_break
    assert found is not None
    assert (found.kind, found.audit_id) == (BreakKind.INSERTED, forged)
