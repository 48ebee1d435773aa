"""`icc migrate`: the databases of all services brought to the newest tables."""

import os

import typer

from shared.addresses import FIRST_PORT
from shared.cli.options import Data, Port, data_directory
from shared.cli.up import say
from shared.local.migrate import migrate_databases
from shared.local.stack import StackOptions

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def migrate(data: Data = None, port: Port = FIRST_PORT) -> None:
    """Create what is missing, migrate, and set what each role may do. Safe to run twice, and while the system runs."""
    migrate_databases(StackOptions(data_directory(data), port, 1, dict(os.environ)), say)
