"""Fixtures for every test: real PostgreSQL and Valkey, thrown away at the end, and the services on databases of their own."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared.addresses import SERVICES
from shared.local.temporary import TemporaryServers, temporary_servers
from tests.support.databases import database_copy, make_template, migrate_template
from tests.support.running import Running, running

for _name in [name for name in os.environ if name.startswith("ICC_")]:
    del os.environ[_name]  # a developer's settings must not decide how a test ends

# An example of a property may take as long as it likes: a busy machine is not a defect.
settings.register_profile(
    "unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def servers() -> Iterator[TemporaryServers]:
    """A PostgreSQL and a Valkey for the whole run, with a migrated template database for each service."""
    with temporary_servers() as started:
        for service in SERVICES:
            asyncio.run(make_template(started.database_url, service))
            migrate_template(started.database_url, service)
        yield started


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory for the keys of one test."""
    return tmp_path / "data"


@pytest.fixture
async def referrals(servers: TemporaryServers, data_dir: Path) -> AsyncIterator[Running]:
    """The referrals service on a fresh database."""
    async with (
        database_copy(servers.database_url, "referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir) as service,
    ):
        yield service


@pytest.fixture
async def outcomes(servers: TemporaryServers, data_dir: Path) -> AsyncIterator[Running]:
    """The outcomes service on a fresh database."""
    async with (
        database_copy(servers.database_url, "outcomes") as url,
        running("outcomes", database_url=url, data_dir=data_dir) as service,
    ):
        yield service


@pytest.fixture
async def trajectories(servers: TemporaryServers, data_dir: Path) -> AsyncIterator[Running]:
    """The trajectories service on a fresh database."""
    async with (
        database_copy(servers.database_url, "trajectories") as url,
        running("trajectories", database_url=url, data_dir=data_dir) as service,
    ):
        yield service
