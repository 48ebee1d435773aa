"""A database with the audit tables, and what of a platform the audit needs."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from shared.audit import attach_audit
from shared.crypto import Keyring, open_keyring
from shared.db.engine import Database
from tests.support.databases import Databases


@dataclass(frozen=True)
class AuditSettings:
    data_dir: Path
    environment: str = "test"
    master_key: SecretStr | None = None
    keyring: SecretStr | None = None


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class AuditPlatform:
    """The members of `Platform` that the audit uses."""

    service: str
    url: str
    settings: AuditSettings
    database: Database
    keyring: Keyring
    clock: Callable[[], datetime] = field(default=utc_now)


@pytest.fixture
async def platform(databases: Databases, tmp_path: Path) -> AsyncIterator[AuditPlatform]:
    settings = AuditSettings(data_dir=tmp_path / "data")
    async with databases.lend("outcomes") as url:
        database = Database(url, application_name="audit-tests", pool_size=4)
        await database.open()
        made = AuditPlatform("outcomes", url, settings, database, open_keyring(settings, service="outcomes"))
        attach_audit(made)
        yield made
        await database.close()


@pytest.fixture
async def connection(platform: AuditPlatform) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the databases' administrator: the one who could tamper."""
    made = await asyncpg.connect(platform.url)
    yield made
    await made.close()
