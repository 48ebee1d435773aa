"""The embedded servers: real, alone, reachable with their password only, and safe against SIGKILL."""

import asyncio
import os
import signal
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from shared.db.engine import DATABASE_LOSSES
from shared.local import LocalError
from shared.local.directory import DataDirectory
from shared.local.migrate import start_postgres
from shared.local.postgres import Postgres, postgres_account, postgres_binaries
from shared.local.stack import StackOptions
from shared.local.supervisor import Supervisor, Unit
from shared.local.temporary import temporary_postgres, temporary_valkey
from shared.local.valkey import (
    Valkey,
    is_answering,
    is_reachable,
    set_unreadable_data_aside,
    valkey_binary,
    valkey_program,
)
from tests.support.ports import free_ports


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with temporary_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(print)
    yield supervisor
    await supervisor.stop()


async def test_postgresql_speaks_utf_8_and_sorts_by_code_point(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url())
    row = await connection.fetchrow("select encoding, datcollate from pg_database where datname = 'postgres'")
    await connection.close()
    assert row["encoding"] == 6
    assert row["datcollate"] == "C.UTF-8"


async def test_postgresql_wants_the_password(postgres: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url(password="guess"))


async def test_postgresql_listens_on_loopback_only_and_on_no_socket_file(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url())
    assert await connection.fetchval("show listen_addresses") == "127.0.0.1"
    assert await connection.fetchval("show unix_socket_directories") == ""
    await connection.close()


async def test_a_failing_statement_leaves_no_value_in_the_log(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url())
    await connection.execute("create table person (name text unique)")
    await connection.execute("insert into person values ('Kathy Archer')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("insert into person values ('Kathy Archer')")
    await connection.close()
    logged = postgres.log.read_text()
    assert "duplicate key" in logged
    assert "Archer" not in logged


def test_the_cluster_is_closed_to_other_users(postgres: Postgres) -> None:
    assert stat.S_IMODE(postgres.directory.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to switch accounts")
def test_as_root_the_cluster_belongs_to_an_unprivileged_account_in_a_folder_it_could_not_enter(
    postgres: Postgres,
) -> None:
    account = postgres_account()
    assert account is not None
    assert account.uid != 0
    assert postgres.directory.stat().st_uid == account.uid
    assert postgres.directory.parent.parent.stat().st_mode & stat.S_IXOTH == 0


async def test_postgresql_comes_back_after_sigkill_with_what_was_committed(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    server = Postgres(
        tmp_path / "postgres", free_ports(), "secret", tmp_path / "postgres.log", account=postgres_account()
    )
    options = StackOptions(DataDirectory(tmp_path), server.port, 1, {})
    await start_postgres(supervisor, server, options)
    connection = await asyncpg.connect(server.url())
    await connection.execute("create table kept as select 7 as figure")
    victim = int((server.directory / "postmaster.pid").read_text().splitlines()[0])
    os.kill(victim, signal.SIGKILL)
    async with asyncio.timeout(30):
        figure = await _ask_until_answered(server.url(), "select figure from kept")
    assert figure == 7
    assert int((server.directory / "postmaster.pid").read_text().splitlines()[0]) != victim
    connection.terminate()


async def _ask_until_answered(url: str, question: str) -> object:
    """The answer to a query as soon as the server gives one."""
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=1)
        except DATABASE_LOSSES:
            await asyncio.sleep(0.1)
        else:
            answer = await connection.fetchval(question)
            await connection.close()
            return answer


def test_valkey_wants_its_password_and_keeps_it_off_the_command_line(tmp_path: Path) -> None:
    with temporary_valkey(tmp_path) as server:
        assert is_answering(server)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as stranger:
            stranger.sendall(b"PING\r\n")
            assert stranger.recv(100).startswith(b"-NOAUTH")
        assert all(server.password not in part for part in valkey_program(server, valkey_binary()).command)
        assert stat.S_IMODE((server.directory / "valkey.conf").stat().st_mode) == 0o600


def test_a_valkey_of_ones_own_is_reachable_where_something_listens(tmp_path: Path) -> None:
    with temporary_valkey(tmp_path) as server:
        assert is_reachable(server.url)
    assert not is_reachable(server.url)
    assert is_reachable("unix:///run/valkey.sock")
    assert is_reachable("none")


async def test_valkey_with_unreadable_data_starts_empty_once_they_are_set_aside(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    folder = tmp_path / "valkey"
    (folder / "appendonlydir").mkdir(parents=True)
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("no manifest at all\n")
    server = Valkey(folder, free_ports(), "secret", tmp_path / "valkey.log")

    async def ready(_pid: int) -> bool:
        return is_answering(server)

    unit = Unit(valkey_program(server, valkey_binary()), tier=1, ready=ready)
    with pytest.raises(LocalError, match="valkey could not start"):
        await supervisor.start(unit)
    await supervisor.drop(unit)
    aside = set_unreadable_data_aside(server)
    await supervisor.start(Unit(unit.program, tier=1, ready=ready))
    assert (aside / "appendonly.aof.manifest").read_text() == "no manifest at all\n"


def test_binaries_named_by_a_setting_must_be_there() -> None:
    with pytest.raises(LocalError, match="ICC_POSTGRES_BIN is /nowhere"):
        postgres_binaries({"ICC_POSTGRES_BIN": "/nowhere"})
