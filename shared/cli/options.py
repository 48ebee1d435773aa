"""What several commands share: the frame they are added to, and the options they take."""

import os
from pathlib import Path
from typing import Annotated

import typer

from shared.addresses import FIRST_PORT, port_of
from shared.local.directory import DataDirectory, chosen_directory

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Data directory (ICC_DATA_DIR; default: .icc beside the platform)."
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        envvar="ICC_PORT",
        help="First of six ports: three APIs, PostgreSQL, Valkey, metrics. The data directory knows those of its system.",
    ),
]
Url = Annotated[
    str | None, typer.Option("--url", help="Address of the service, when it is not on this machine.")
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", envvar="ICC_TOKEN", help="Bearer token; without it one of the local key is made."
    ),
]


def commands() -> typer.Typer:
    """An empty group; a module adds its commands with `@app.command()`."""
    group = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    # Without a callback typer takes a group of one for the command itself, and its name for an argument.
    group.callback()(lambda: None)
    return group


def data_directory(given: Path | None) -> DataDirectory:
    """The data directory a command works with."""
    return chosen_directory(given, os.environ)


def first_port(given: int | None, data: Path | None) -> int:
    """The first port of the system that a command is for: as given, else that of the data directory's last start."""
    return given if given is not None else data_directory(data).port or FIRST_PORT


def service_url(service: str, *, url: str | None, port: int) -> str:
    """The base address of a service: as given, as set in ICC_<SERVICE>_URL, or on this machine."""
    set_one = os.environ.get(f"ICC_{service.upper()}_URL")
    return (url or set_one or f"http://127.0.0.1:{port_of(service, first=port)}").rstrip("/")
