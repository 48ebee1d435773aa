"""Serving an application: one process, one event loop, our protocol, no access log but our own line."""

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from typing import Any, cast

import uvicorn

from shared.http.protocol import USUAL_PATIENCE, LimitedProtocol, Patience
from shared.service.running import Process, ready
from shared.settings import SettingsT

KEEP_ALIVE = timedelta(seconds=65)
"""Longer than a proxy's pool keeps a connection (60 s usually), or it would send on one that has just been closed."""
STOP_SECONDS = 10
BACKLOG = 2048


def run_api(process: Process, settings_type: type[SettingsT], create_app: Callable[[SettingsT], Any]) -> None:
    """Serve a service's application, with the settings of the environment, until the process is told to stop."""
    settings = ready(process, settings_type)
    app = create_app(settings)
    if process.fd is not None:
        serve(app, fd=process.fd, keep_alive=settings.keep_alive)
    else:
        port = process.port or settings.port_of(process.service)
        serve(app, host=process.host, port=port, keep_alive=settings.keep_alive)


def serve(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    fd: int | None = None,
    keep_alive: timedelta = KEEP_ALIVE,
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get ten seconds to end.

    fd: a listening socket that was opened by the parent, so that several processes share one port.
    """
    server = uvicorn.Server(server_config(app, host=host, port=port or 0, keep_alive=keep_alive))
    if fd is None:
        server.run()
    else:
        server.run(sockets=[socket.socket(fileno=fd)])


def server_config(
    app: Any,
    *,
    host: str,
    port: int,
    patience: Patience = USUAL_PATIENCE,
    keep_alive: timedelta = KEEP_ALIVE,
) -> uvicorn.Config:
    """Uvicorn's configuration. Forwarded headers are not believed: nothing of ours depends on the peer's address."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop" if _has_uvloop() else "asyncio",
        http=cast(type[asyncio.Protocol], partial(LimitedProtocol, patience=patience)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=round(keep_alive.total_seconds()),
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def _has_uvloop() -> bool:
    return find_spec("uvloop") is not None
