"""`icc up`: the whole system on this machine."""

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from shared.addresses import FIRST_PORT
from shared.cli.options import Data, Port, data_directory
from shared.local.stack import StackOptions
from shared.local.up import up as run

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def up(
    data: Data = None,
    port: Port = FIRST_PORT,
    workers: Annotated[int, typer.Option("--workers", help="API processes for each service.")] = 1,
) -> None:
    """Start PostgreSQL, Valkey and the services, keep them running, and stop them with Ctrl-C.

    With ICC_DATABASE_URL or ICC_REDIS_URL those servers are used; ICC_REDIS_URL=none goes without Valkey.
    """
    run(StackOptions(data_directory(data), port, workers, dict(os.environ)), say)


def say(sentence: str) -> None:
    """A line for whoever watches; when nobody does any more, the system still runs on."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()
