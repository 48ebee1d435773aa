"""Journeys run on the whole system, started as an operator starts it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.system import System, running_system


@pytest.fixture(scope="module")
def system_directory() -> Iterator[Path]:
    """A data directory that PostgreSQL's own account can reach when this runs as root (pytest's folders are closed)."""
    directory = Path(tempfile.mkdtemp(prefix="icc-journey-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def system(system_directory: Path) -> Iterator[System]:
    """A whole system with two API processes a service, for one module of journeys."""
    with running_system(system_directory, workers=2) as started:
        yield started
