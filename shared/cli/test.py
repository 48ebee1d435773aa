"""`icc test`: pytest on servers of its own, never on the developer's data."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from shared.local.directory import ROOT

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
KEPT_SETTINGS = {"ICC_POSTGRES_BIN"}
ALL_CORES = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
# A few tests are done here before the processes of the cores have started.
SELECTING = ("-k", "--lf", "--last-failed", "--sw", "--stepwise", "--co", "--collect-only", "--pdb")
CHOOSING = ("-n", "--numprocesses", "--dist", "no:xdist", "-h", "--help", "--version")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def test(context: typer.Context) -> None:
    """Run the tests, many on all cores; arguments go to pytest. Settings of a running system (ICC_*) are left out."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ICC_") or name in KEPT_SETTINGS
    }
    os.chdir(ROOT)
    command = [sys.executable, "-P", "-m", "pytest", *cores(context.args), *context.args]
    os.execve(sys.executable, command, environment)  # noqa: S606 - becomes pytest


def cores(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments that spread the tests over all cores; none for a selection, or when the person chose."""
    return () if any(_keeps_to_one(argument) for argument in arguments) else ALL_CORES


def _keeps_to_one(argument: str) -> bool:
    name = argument.partition("=")[0]
    short = argument[:2] in SELECTING + CHOOSING  # -n4 and -ktriage are one word
    return short or name in SELECTING + CHOOSING or Path(argument.partition("::")[0]).exists()
