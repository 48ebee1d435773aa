"""The whole system on this machine: `icc up` and `icc migrate`."""

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from shared.addresses import FIRST_PORT
from shared.cli.options import Data, Port, commands, data_directory, first_port
from shared.local.migrate import migrate_databases
from shared.local.stack import StackOptions
from shared.local.up import up as run

app = commands()


@app.command()
def up(
    data: Data = None,
    port: Port = None,
    workers: Annotated[int, typer.Option("--workers", help="API processes for each service.")] = 1,
    demo: Annotated[
        bool, typer.Option("--demo", help="Then push the demonstration into it, and say `demo ready`.")
    ] = False,
) -> None:
    """Start PostgreSQL, Valkey and the services, keep them running, and stop them with Ctrl-C.

    With ICC_DATABASE_URL or ICC_REDIS_URL those servers are used; ICC_REDIS_URL=none goes without Valkey.
    """
    first = FIRST_PORT if port is None else port
    options = StackOptions(data_directory(data), first, workers, dict(os.environ))
    run(options, say, then=_demo(options) if demo else None)


@app.command()
def migrate(data: Data = None, port: Port = None) -> None:
    """Create what is missing, migrate, and set what each role may do. Safe to run twice, and while the system runs."""
    migrate_databases(StackOptions(data_directory(data), first_port(port, data), 1, dict(os.environ)), say)


def _demo(options: StackOptions) -> tuple[str, ...]:
    """The command that pushes the demonstration into a system."""
    where = ("--data", str(options.directory.path), "--port", str(options.port))
    return (sys.executable, "-P", "-m", "shared.cli", "demo", *where)


def say(sentence: str) -> None:
    """Prints a line for the person at the terminal; the system runs on when the terminal has gone."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()
