"""What a process of a service holds while it runs: its database, registry, keys and the bell for its workers.

The API opens it in its lifespan, the worker round its loops: `async with open_platform("referrals", settings) as platform`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.readings import Readings
from shared.audit.recording import SIGNER
from shared.audit.signing import AuditSigner
from shared.auth.jwks import KeyStore, fixed_keys, keys_at
from shared.auth.keys import local_public_keys
from shared.auth.revocations import Revocations
from shared.auth.sisters import sister_keys
from shared.auth.tokens import TokenVerifier
from shared.crypto.keyring import Keyring
from shared.crypto.opening import open_keyring
from shared.db.engine import DATABASE_LOSSES, Database
from shared.http.rates import Rates
from shared.registry.loading import load_registry
from shared.registry.positions import Postcodes
from shared.registry.registry import Registry
from shared.settings import PlatformSettings, SettingsT
from shared.work.nudges import Nudges, noted_nudges

FIRST_READ_SECONDS = 2.0
SETTINGS, REGISTRY = "settings", "registry"
"""Under these keys a database's sessions carry the settings and the registry in `info`."""

ClockFunction = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Platform:
    """The parts that a request or a job may use. `clock` gives aware UTC; tests pass their own."""

    service: str
    settings: PlatformSettings
    database: Database
    registry: Registry
    tokens: TokenVerifier
    nudges: Nudges
    keyring: Keyring
    signer: AuditSigner
    readings: Readings
    clock: ClockFunction
    rates: Rates
    cursor_key: bytes

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction of the service's database; the workers that wait for it are rung once it is committed."""
        async with self.database.transaction() as session:
            yield session
        # A bell rung before the commit wakes a worker that finds nothing.
        self.nudges.ring(noted_nudges(session))

    def settings_of(self, kind: type[SettingsT]) -> SettingsT:
        """The settings as the service's own class. Raises TypeError for another's: a wiring fault."""
        if not isinstance(self.settings, kind):
            raise TypeError(f"these are not {kind.__module__}.{kind.__name__}")
        return self.settings


@asynccontextmanager
async def open_platform(
    service: str,
    settings: PlatformSettings,
    *,
    clock: ClockFunction = utc_now,
    postcodes: Postcodes | None = None,
) -> AsyncIterator[Platform]:
    """Open everything, and close it again. Succeeds while PostgreSQL or Redis are away: they are connected on use.

    postcodes: the postcode directory, for a process that asks the registry about postcodes.
    """
    database = Database(
        settings.database_url_for(service), application_name=f"icc-{service}", pool_size=settings.pool_size
    )
    keyring = open_keyring(settings, service=service)
    signer = AuditSigner(service=service, keyring=keyring, clock=clock)
    revocations = Revocations()
    registry = load_registry(settings.registry_file, postcodes=postcodes)
    platform = Platform(
        service=service,
        settings=settings,
        database=database,
        registry=registry,
        tokens=_verifier(service, settings, revocations, clock),
        nudges=Nudges(settings.redis_address, service=service),
        keyring=keyring,
        signer=signer,
        readings=Readings(database, signer),
        clock=clock,
        rates=Rates(settings.rate_limit),
        cursor_key=keyring.signing_key("list-cursor"),
    )
    database.session_info[SIGNER] = signer
    database.session_info[SETTINGS] = settings
    database.session_info[REGISTRY] = registry
    async with AsyncExitStack() as closing:  # the rest is closed whatever one of them raises
        closing.push_async_callback(database.close)
        closing.push_async_callback(platform.nudges.close)
        closing.push_async_callback(platform.readings.close)
        await database.open()
        with suppress(*DATABASE_LOSSES, DBAPIError):
            async with asyncio.timeout(FIRST_READ_SECONDS):
                await revocations.refresh(database)
                await database.warm_up()
        watching = asyncio.create_task(revocations.keep_fresh(database), name="revocations")
        closing.push_async_callback(_stop, watching)
        yield platform


def settings_behind(session: AsyncSession, kind: type[SettingsT]) -> SettingsT:
    """The settings of the platform that opened a session, for what is given a session alone: facts are derived so.

    Raises TypeError for another's: a wiring fault.
    """
    settings = session.info.get(SETTINGS)
    if not isinstance(settings, kind):
        raise TypeError(f"these are not {kind.__module__}.{kind.__name__}")
    return settings


def registry_behind(session: AsyncSession) -> Registry:
    """The registry of the platform that opened a session, for what is given a session alone. Raises TypeError without one."""
    registry = session.info.get(REGISTRY)
    if not isinstance(registry, Registry):
        raise TypeError("this session was opened without a registry")
    return registry


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def open_reader(platform: Platform) -> AsyncIterator[Database]:
    """Where heavy reads go: the replica of `ICC_<SERVICE>_READ_URL`, else the service's own database."""
    settings, service = platform.settings, platform.service
    if settings.read_url_for(service) == settings.database_url_for(service):
        yield platform.database
        return
    replica = Database(
        settings.read_url_for(service), application_name=f"icc-{service}-read", pool_size=settings.pool_size
    )
    await replica.open()
    try:
        yield replica
    finally:
        await replica.close()


def _verifier(
    service: str, settings: PlatformSettings, revocations: Revocations, clock: ClockFunction
) -> TokenVerifier:
    if settings.jwks is None:
        source = fixed_keys(local_public_keys(settings.data_dir))
    else:
        source = keys_at(settings.jwks, proxy=settings.jwks_proxy)
    return TokenVerifier(
        issuer=settings.oidc.issuer,
        audience=settings.oidc.audience,
        keys=KeyStore(source),
        service=service,
        sisters=sister_keys(settings),
        revocations=revocations,
        clock=clock,
    )
