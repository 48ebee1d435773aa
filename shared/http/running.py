"""`python -m services.<name> api | worker`: the two processes of a service."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from shared.http.server import serve
from shared.settings import SettingsT, read_settings
from shared.telemetry.logs import configure_logging


def run_service(
    service: str,
    *,
    settings_type: type[SettingsT],
    create_app: Callable[[SettingsT], Any],
    work: Callable[[SettingsT], Awaitable[None]],
) -> None:
    """Run what the command line names, with the settings of the environment, until the process is told to stop."""
    given = _arguments(service)
    settings = read_settings(settings_type)
    configure_logging(service)
    if given.process == "worker":
        asyncio.run(_finish(work(settings)))
    elif given.fd is not None:
        serve(create_app(settings), fd=given.fd)
    else:
        serve(create_app(settings), host=given.host, port=given.port or settings.port_of(service))


async def _finish(working: Awaitable[None]) -> None:
    await working


def _arguments(service: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}")
    processes = parser.add_subparsers(dest="process", required=True)
    api = processes.add_parser("api", help="answer requests")
    api.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    where = api.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, help="the port to listen on")
    where.add_argument("--fd", type=int, help="a listening socket opened by the parent")
    processes.add_parser("worker", help="do background work")
    return parser.parse_args()
