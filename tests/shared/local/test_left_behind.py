"""What an end without a word leaves of PostgreSQL, and what its programs complain of."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.local.postgres import Postgres, _why_initdb_failed, forget_other_process

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody but PostgreSQL decides")


@pytest.fixture
def server(tmp_path: Path) -> Postgres:
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    return Postgres(cluster, 1, "secret", tmp_path / "log")


@pytest.fixture
def worker_there(server: Postgres) -> Iterator[int]:
    """A process that works in the cluster's directory, as its server does."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; print('postgres', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=server.directory,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.communicate()


def pid_file(server: Postgres, said: str) -> Path:
    place = server.directory / "postmaster.pid"
    place.write_text(said)
    return place


@on_linux
def test_a_pid_file_whose_number_is_now_another_process_is_not_believed(server: Postgres) -> None:
    place = pid_file(server, f"{os.getpid()}\n{server.directory}\n")
    forget_other_process(server)
    assert not place.exists()


@on_linux
def test_a_pid_file_whose_process_is_gone_is_removed(server: Postgres) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    place = pid_file(server, f"{ended.pid}\n")
    forget_other_process(server)
    assert not place.exists()


@on_linux
def test_a_server_of_the_cluster_that_still_runs_keeps_its_pid_file(
    server: Postgres, worker_there: int
) -> None:
    place = pid_file(server, f"{worker_there}\n")
    forget_other_process(server)
    assert place.exists()


@pytest.mark.parametrize("said", ["", "no number\n"])
def test_a_pid_file_that_says_nothing_is_left_to_postgresql(server: Postgres, said: str) -> None:
    place = pid_file(server, said)
    forget_other_process(server)
    assert place.exists()
    place.unlink()
    forget_other_process(server)


def test_a_full_shared_memory_is_not_told_as_a_full_disk() -> None:
    shared = (
        'could not resize shared memory segment "/PostgreSQL.42" to 1048576 bytes: No space left on device'
    )
    assert "shared memory of this machine" in _why_initdb_failed(shared)
    assert "The disk is full" in _why_initdb_failed("could not write file: No space left on device")
