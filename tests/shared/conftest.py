"""The smallest application that the platform can carry, for tests of the platform itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.local.temporary import TemporaryServers
from tests.shared.tiny import Tiny, tiny_application
from tests.support.databases import database_copy


@pytest.fixture
async def tiny(servers: TemporaryServers, data_dir: Path) -> AsyncIterator[Tiny]:
    """A running application with a few routes on a database of its own, without Valkey."""
    async with (
        database_copy(servers.database_url, "trajectories") as url,
        tiny_application(url, data_dir) as application,
    ):
        yield application
