"""`icc backup` and `icc restore`: everything into a folder and back."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.options import Data, Port, commands, data_directory, first_port
from shared.local.backup import back_up
from shared.local.restore import restore as put_back
from shared.local.stack import StackOptions

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the backup.")]

app = commands()


@app.command()
def backup(
    folder: Folder,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="DIR", help="Copy the keys too, into another folder, to be kept apart."
        ),
    ] = None,
    data: Data = None,
    port: Port = None,
) -> None:
    """Copy the three databases and the audit's anchors into a new folder. The system may run meanwhile.

    The keys are not in it, for whoever has both can read everything.
    """
    back_up(_options(data, port), folder.absolute(), keys.absolute() if keys else None, _say)


@app.command()
def restore(
    folder: Folder,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="DIR", help="The copy of the keys, where the data directory has none."
        ),
    ] = None,
    data: Data = None,
    port: Port = None,
) -> None:
    """Put a backup back into a data directory, or a server, that holds no databases. Nothing is overwritten."""
    put_back(_options(data, port), folder.absolute(), keys.absolute() if keys else None, _say)


def _options(data: Path | None, port: int | None) -> StackOptions:
    return StackOptions(data_directory(data), first_port(port, data), 1, dict(os.environ))


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
