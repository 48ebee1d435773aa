"""A database with the audit tables, and what of a platform the audit needs."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from shared.audit.recording import SIGNER
from shared.audit.sealing import Sealer
from shared.audit.signing import AuditSigner
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
    signer: AuditSigner
    clock: Callable[[], datetime] = field(default=utc_now)

    async def seal(self) -> bool:
        """Seal what is there, as a worker does that has just started."""
        return await self.sealer().seal_pending()

    def sealer(self) -> Sealer:
        """What a worker keeps for its life."""
        return Sealer(self.database, self.signer, self.settings.data_dir)


@pytest.fixture
async def platform(databases: Databases, tmp_path: Path) -> AsyncIterator[AuditPlatform]:
    settings = AuditSettings(data_dir=tmp_path / "data")
    async with databases.lend("outcomes") as url:
        database = Database(url, application_name="audit-tests", pool_size=4)
        await database.open()
        keyring = open_keyring(settings, service="outcomes")
        signer = AuditSigner(service="outcomes", keyring=keyring, clock=utc_now)
        database.session_info[SIGNER] = signer
        yield AuditPlatform("outcomes", url, settings, database, keyring, signer)
        await database.close()


@pytest.fixture
async def connection(platform: AuditPlatform) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the databases' administrator: the one who could tamper."""
    made = await asyncpg.connect(platform.url)
    yield made
    await made.close()
