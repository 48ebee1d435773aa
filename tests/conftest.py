"""Fixtures for every test: real PostgreSQL and Valkey, thrown away at the end, and the services, emptied between tests."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared.local.temporary import TemporaryServers, temporary_servers
from tests.support.applications import Applications
from tests.support.databases import Databases
from tests.support.running import Running

# A developer's settings, databases and proxies must not decide how a test ends.
for _name in [
    name for name in os.environ if name.startswith(("ICC_", "PG")) or name.lower().endswith("_proxy")
]:
    del os.environ[_name]

# An example of a property may take as long as it likes: a busy machine is not a defect.
settings.register_profile(
    "unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first, so that no core waits for the last of them."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("journey", "minutes"))))


@pytest.fixture(scope="session")
def servers() -> Iterator[TemporaryServers]:
    """A PostgreSQL and a Valkey of this test process, started when a test first asks for them."""
    with temporary_servers() as started:
        yield started


@pytest.fixture(scope="session")
async def databases(servers: TemporaryServers) -> AsyncIterator[Databases]:
    """The databases of this test process."""
    made = Databases(servers.database_url)
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def applications(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Applications]:
    """The running applications of this test process."""
    made = Applications(databases, tmp_path_factory.mktemp("applications"))
    yield made
    await made.close()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory for the keys of one test."""
    return tmp_path / "data"


@pytest.fixture
async def referrals(applications: Applications) -> AsyncIterator[Running]:
    """The referrals service on an empty database."""
    async with applications.lend("referrals") as service:
        yield service


@pytest.fixture
async def outcomes(applications: Applications) -> AsyncIterator[Running]:
    """The outcomes service on an empty database."""
    async with applications.lend("outcomes") as service:
        yield service


@pytest.fixture
async def trajectories(applications: Applications) -> AsyncIterator[Running]:
    """The trajectories service on an empty database."""
    async with applications.lend("trajectories") as service:
        yield service
