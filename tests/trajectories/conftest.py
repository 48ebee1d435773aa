"""The trajectories service with the facts of a real quarter."""

from collections.abc import AsyncIterator

import pytest

from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import publish, quarter_cells


@pytest.fixture(scope="module")
async def quarter(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The service with the quarter's facts, published, for the tests that only ask."""
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path_factory.mktemp("data")) as service,
    ):
        await publish(service, quarter_cells())
        await cut(service)
        yield service


@pytest.fixture
async def changing(trajectories: Running) -> Running:
    """The same for the tests that publish more."""
    await publish(trajectories, quarter_cells())
    return trajectories
