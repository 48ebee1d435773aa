"""The smallest application that the platform can carry, for tests of the platform itself."""

from collections.abc import AsyncIterator

import pytest

from tests.shared.tiny import TABLES, Tiny, tiny_application
from tests.support.databases import Databases


@pytest.fixture(scope="module")
async def tiny(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tiny]:
    """A running application with a few routes on a database of its own, without Valkey; one for each file of tests."""
    async with (
        databases.lend("trajectories", *TABLES) as url,
        tiny_application(url, tmp_path_factory.mktemp("data")) as application,
    ):
        yield application
