"""`python -m services.<name> api | worker`: the two processes of a service.

A start is spent on imports, six processes share it, and most need less than the whole: so a service's `__main__` asks
first which process it is (`started`), imports what that one needs, and runs it (`run_worker`, `server.run_api`).
"""

import argparse
import asyncio
import gc
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from shared.settings import SettingsT, read_settings
from shared.telemetry.logs import configure_logging
from shared.telemetry.metrics import share_metrics


@dataclass(frozen=True, slots=True)
class Process:
    """What the command line asked for: the API, on a port or on a listening socket of the parent, or the worker."""

    service: str
    is_api: bool
    host: str = ""
    port: int | None = None
    fd: int | None = None


def started(service: str) -> Process:
    """Read the command line. Until the process runs, the garbage collector is off: what imports make stays for life."""
    gc.disable()
    given = _parser(service).parse_args()
    if given.process == "worker":
        return Process(service, is_api=False)
    return Process(service, is_api=True, host=given.host, port=given.port, fd=given.fd)


def run_worker(
    process: Process, settings_type: type[SettingsT], work: Callable[[SettingsT], Coroutine[Any, Any, None]]
) -> None:
    """Work, with the settings of the environment, until the process is told to stop."""
    asyncio.run(work(ready(process, settings_type)))


def ready(process: Process, settings_type: type[SettingsT]) -> SettingsT:
    """The settings, once logs and metrics are set up and the collector passes over everything imported so far."""
    settings = read_settings(settings_type)
    configure_logging(process.service)
    share_metrics(settings.metrics.dir)
    gc.freeze()
    gc.enable()
    return settings


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}")
    processes = parser.add_subparsers(dest="process", required=True)
    api = processes.add_parser("api", help="answer requests")
    api.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    where = api.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, help="the port to listen on")
    where.add_argument("--fd", type=int, help="a listening socket opened by the parent")
    processes.add_parser("worker", help="do background work")
    return parser
