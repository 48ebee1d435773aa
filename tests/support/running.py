"""A service as its clients meet it: the true application over HTTP in this process, its worker when the test says so."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from shared.auth.caller import EDGES
from shared.auth.keys import load_or_create_signing_key, mint_token
from shared.auth.sisters import own_key, sister_token
from shared.service.platform import ClockFunction, utc_now
from shared.service.worker import Periodic, claim_and_run
from shared.settings import LOCAL_ISSUER, PlatformSettings
from tests.support.databases import run_sql

BASE = "http://icc.test"


@dataclass(frozen=True)
class Running:
    """One running service: `client` speaks HTTP to it, `work` does what its worker would, `rows` looks into its database."""

    service: str
    app: FastAPI
    client: httpx.AsyncClient
    database_url: str
    data_dir: Path

    @property
    def platform(self) -> Any:
        """The service's `Platform`."""
        return self.app.state.platform

    def token(
        self, role: str, *, org: str | None = None, communities: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """The Authorization header of a client in this role, good by the clock that tokens are checked with."""
        now = self.platform.tokens._clock()
        return bearer(self.data_dir, role, org=org, communities=communities, now=now)

    async def work(self) -> None:
        """Run every kind of work and every periodic of the service's worker until nothing is left to do."""
        worker = importlib.import_module(f"services.{self.service}.worker")
        kinds = {kind.name: kind for kind in worker.kinds()}
        periodics: list[Periodic] = worker.periodics(self.platform)
        while kinds and await claim_and_run(self.platform, kinds):
            pass
        for periodic in periodics:
            while await periodic.run(self.platform) is True:
                pass

    async def rows(self, statement: str, *parameters: object) -> list[Any]:
        """Rows of the service's own database."""
        return await run_sql(self.database_url, statement, *parameters)


def bearer(
    data_dir: Path,
    role: str,
    *,
    org: str | None = None,
    communities: tuple[str, ...] = (),
    now: datetime | None = None,
) -> dict[str, str]:
    """The Authorization header of a local token, as `icc token` prints it; of the role `service`, as trajectories sends it."""
    if role == "service":
        return sister_bearer(data_dir, sender=org or "trajectories", now=now)
    token = mint_token(
        load_or_create_signing_key(data_dir),
        role=role,
        org=org,
        communities=communities,
        ttl=timedelta(hours=1),
        audience="icc",
        issuer=LOCAL_ISSUER,
        now=now,
    )
    return {"Authorization": f"Bearer {token}"}


def sister_bearer(
    data_dir: Path, *, sender: str, signer: str | None = None, now: datetime | None = None, **more: Any
) -> dict[str, str]:
    """The Authorization header with which a service asks its sisters; signed by another's key, or saying more, where told."""
    key = own_key(PlatformSettings(environment="test", data_dir=data_dir), signer or sender)
    asked = [receiver for asks, receiver in EDGES if asks == sender]
    return {"Authorization": f"Bearer {sister_token(key, sender=sender, receivers=asked, now=now, **more)}"}


@asynccontextmanager
async def running(
    service: str,
    *,
    database_url: str,
    data_dir: Path,
    redis_url: str = "none",
    settings: Mapping[str, Any] | None = None,
    clock: ClockFunction = utc_now,
    **wiring: Any,
) -> AsyncIterator[Running]:
    """The service's application, started and reachable by HTTP within this process; `clock` says what time it is there.

    wiring: what else its `create_app` takes.
    """
    module = importlib.import_module(f"services.{service}.app")
    kind = importlib.import_module(f"services.{service}.settings").Settings
    given = {
        "environment": "test",
        "data_dir": data_dir,
        "redis_url": redis_url,
        service: {"database_url": database_url},
        **(settings or {}),
    }
    app = module.create_app(kind(**given), clock=clock, **wiring)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, timeout=30) as client,
    ):
        yield Running(service, app, client, database_url, data_dir)
