"""Real servers that are thrown away after the tests: on free ports, in a temporary directory."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from shared.local import LocalError
from shared.local.ports import free_port
from shared.local.postgres import (
    Postgres,
    is_accepting,
    make_cluster,
    postgres_account,
    postgres_binaries,
    postgres_program,
)
from shared.local.processes import Program, kill_session, spawn
from shared.local.valkey import Valkey, is_answering, valkey_binary, valkey_program

START_SECONDS = 30
STOP_SECONDS = 10
ATTEMPTS = 5


class TemporaryServers(NamedTuple):
    """Addresses of the two servers; the database's is its superuser's, on the database `postgres`."""

    database_url: str
    redis_url: str


@contextmanager
def temporary_servers() -> Iterator[TemporaryServers]:
    """A PostgreSQL and a Valkey of their own for the length of the block; never the developer's data."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="icc-servers-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        postgres = stack.enter_context(temporary_postgres(directory))
        valkey = stack.enter_context(temporary_valkey(directory))
        yield TemporaryServers(postgres.url(), valkey.url)


@contextmanager
def temporary_postgres(directory: Path) -> Iterator[Postgres]:
    """A running PostgreSQL in a folder of that directory."""
    binaries = postgres_binaries(os.environ)
    server = Postgres(
        directory=directory / "postgres",
        port=0,
        password=secrets.token_urlsafe(24),
        log=directory / "postgres.log",
        account=postgres_account(),
        durable=False,
    )
    make_cluster(server, binaries)
    for _ in range(ATTEMPTS):
        attempt = replace(server, port=free_port())
        program = postgres_program(attempt, binaries)
        process = spawn(program)
        if _started(process, partial(is_accepting, attempt, process.pid)):
            break
    else:
        raise LocalError(f"The temporary PostgreSQL did not start: {_last_line(directory / 'postgres.log')}")
    try:
        yield attempt
    finally:
        stop(process, program)


@contextmanager
def temporary_valkey(directory: Path) -> Iterator[Valkey]:
    """A running Valkey in a folder of that directory."""
    folder = directory / "valkey"
    folder.mkdir(exist_ok=True)
    binary = valkey_binary()
    for _ in range(ATTEMPTS):
        attempt = Valkey(folder, free_port(), secrets.token_urlsafe(24), directory / "valkey.log")
        program = valkey_program(attempt, binary)
        process = spawn(program)
        if _started(process, partial(is_answering, attempt)):
            break
    else:
        raise LocalError(f"The temporary Valkey did not start: {_last_line(directory / 'valkey.log')}")
    try:
        yield attempt
    finally:
        stop(process, program)


def stop(process: subprocess.Popen[bytes], program: Program) -> None:
    """Asks a child to end and, when it does not, ends it."""
    process.send_signal(program.stop_signal)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        kill_session(process)
        process.wait()


def _started(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    """Waits until the child is ready; False when it ended, as it does when another took its port."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        if ready():
            return True
        if time.monotonic() > deadline:
            kill_session(process)
            process.wait()
            return False
        time.sleep(0.02)
    return False


def _last_line(log: Path) -> str:
    """The last thing a server wrote."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it wrote nothing"
