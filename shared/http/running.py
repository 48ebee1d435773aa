"""`python -m services.<name> api | worker`: the two processes of a service."""

import argparse
import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from shared.settings import read_settings
from shared.telemetry.logs import configure_logging


def run_service(service: str) -> None:
    """Run what the command line names, with the settings of the environment, until the process is told to stop.

    Of `services.<name>` only what this process needs is imported: `settings.Settings`, and `app.create_app` or
    `worker.work`. A start is spent on imports, and six processes share it.
    """
    given = _arguments(service)
    package = f"services.{service}"
    with _lasting_objects():
        settings_type = import_module(f"{package}.settings").Settings
        process = import_module(f"{package}.app" if given.process == "api" else f"{package}.worker")
    settings = read_settings(settings_type)
    configure_logging(service)
    if given.process == "worker":
        asyncio.run(process.work(settings))
    else:
        _serve(process.create_app(settings), given, port=settings.port_of(service))


def _serve(app: Any, given: argparse.Namespace, *, port: int) -> None:
    serve = import_module("shared.http.server").serve
    if given.fd is not None:
        serve(app, fd=given.fd)
    else:
        serve(app, host=given.host, port=given.port or port)


@contextmanager
def _lasting_objects() -> Iterator[None]:
    """What is made here stays for the life of the process: the garbage collector looks at it neither now nor later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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
