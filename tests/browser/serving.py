"""Services of this test process on true ports, with the server that they have in production."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from shared.service.server import server_config
from tests.support.databases import Databases
from tests.support.running import Running, running

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Served:
    """The services by name: how a client speaks to each, and where a browser finds it. front: the listed origin."""

    services: Mapping[str, tuple[Running, str]]
    front: str

    def __getitem__(self, service: str) -> Running:
        return self.services[service][0]

    def at(self, service: str, address: str = "") -> str:
        """The whole address of a page."""
        return f"{self.services[service][1]}{address}"


@asynccontextmanager
async def a_front_end() -> AsyncIterator[str]:
    """An origin of its own, with a page of three words."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await HTMLResponse("<!doctype html><title>A front end</title><p>A front end")(scope, receive, send)

    async with listening(app) as origin:
        yield origin


@asynccontextmanager
async def served(
    service: str, databases: Databases, folder: Path, **settings: Any
) -> AsyncIterator[tuple[Running, str]]:
    """A service on an empty database, and its origin."""
    async with (
        databases.lend(service) as url,
        running(service, database_url=url, data_dir=folder, settings=settings) as started,
        listening(started.app) as origin,
    ):
        yield started, origin


@asynccontextmanager
async def everybodys(service: Running, folder: Path) -> AsyncIterator[tuple[Running, str]]:
    """The same dashboard beside it, open to who is not signed in, and with the sign-in of an organisation."""
    settings = {
        "public_dashboard": "protected",
        "jwks": "https://identity.example/jwks",
        "oidc": {"issuer": "https://identity.example"},
        "login": {"client": "icc-pages"},
    }
    url = service.database_url
    async with (
        running(service.service, database_url=url, data_dir=folder, settings=settings) as started,
        listening(started.app) as origin,
    ):
        yield started, origin


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The origin at which an application, started already, answers."""
    config = server_config(app, host=HOST, port=0)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    listener = socket.create_server((HOST, 0))
    # Only `serve` takes the signals of this process, which are pytest's.
    task = asyncio.create_task(server._serve(sockets=[listener]))
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
        listener.close()
