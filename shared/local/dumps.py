"""pg_dump and pg_restore, with the password in the environment: a command line is open to everybody on the machine."""

import asyncio
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from shared.local import LocalError
from shared.local.processes import SERVER_ENVIRONMENT

LAST_LINES = 3
# Ciphertext does not get smaller, whatever is spent on it.
COMPRESSION = "--compress=gzip:1"


async def dump_database(binaries: Path, url: str, target: Path) -> None:
    """Write a database, as one snapshot of it, to a file that only we may read. Raises LocalError."""
    place, password = without_password(url)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        await _run(
            (
                _program(binaries, "pg_dump"),
                "--format=custom",
                "--no-owner",
                "--no-acl",
                COMPRESSION,
                "--lock-wait-timeout=30s",
                f"--dbname={place}",
            ),
            password=password,
            stdout=descriptor,
        )
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def restore_database(binaries: Path, url: str, source: Path) -> None:
    """Fill an empty database from a dump: all of it or, when something fails, nothing. Raises LocalError."""
    place, password = without_password(url)
    await _run(
        (
            _program(binaries, "pg_restore"),
            "--no-owner",
            "--no-acl",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={place}",
            str(source),
        ),
        password=password,
        stdout=subprocess.DEVNULL,
    )


async def has_tables(url: str) -> bool:
    """Whether somebody has put anything into a database."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        found: bool = await connection.fetchval(
            "select exists (select from pg_class where relnamespace = 'public'::regnamespace)"
        )
    finally:
        await connection.close()
    return found


def _program(binaries: Path, name: str) -> str:
    program = binaries / name
    if not os.access(program, os.X_OK):
        raise LocalError(f"There is no {name} in {binaries}: set ICC_POSTGRES_BIN to a folder that has it.")
    return str(program)


def without_password(url: str) -> tuple[str, str]:
    """An address without its password, and the password."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    scheme = "postgresql"
    return urlunsplit(parts._replace(scheme=scheme, netloc=f"{name}@{place}" if name else place)), unquote(
        password
    )


async def _run(command: Sequence[str], *, password: str, stdout: int) -> None:
    environment = SERVER_ENVIRONMENT | ({"PGPASSWORD": password} if password else {})
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        raise LocalError(f"{Path(command[0]).name} failed: {' '.join(lines)[:500]}")
