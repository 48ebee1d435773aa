"""The developer's commands: `icc test`, `icc check`, `icc fix` and `icc openapi`."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from shared.addresses import SERVICES
from shared.cli.options import commands
from shared.local import LocalError
from shared.local.directory import ROOT
from shared.settings import read_settings

KEPT_SETTINGS = {"ICC_POSTGRES_BIN"}
ALL_CORES = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
# A few tests are done here before the processes of the cores have started.
SELECTING = ("-k", "--lf", "--last-failed", "--sw", "--stepwise", "--co", "--collect-only", "--pdb")
CHOOSING = ("-n", "--numprocesses", "--dist", "no:xdist", "-h", "--help", "--version")
TOOLS = (sys.executable, "-P", "-m")
CHECKS = {
    "lint": (*TOOLS, "ruff", "check", "--output-format", "concise", "."),
    "format": (*TOOLS, "ruff", "format", "--check", "."),
    "types": (*TOOLS, "mypy"),
    "types of the launcher and the days": (*TOOLS, "mypy", "--scripts-are-modules", "icc", "docs/days"),
    "imports": (str(Path(sys.executable).with_name("lint-imports")),),
    "migrations": (*TOOLS, "shared.cli.revise"),
}
MENDING = {
    "lint": (*TOOLS, "ruff", "check", "--fix", "--quiet", "."),
    "format": (*TOOLS, "ruff", "format", "--quiet", "."),
}

app = commands()


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


@app.command()
def check() -> None:
    """Run every check, say which failed, and end with the first failure's exit code."""
    code = run_all(CHECKS)
    # A lock that names a host would tie every installation to one package index.
    hosts = [lock.name for lock in sorted(ROOT.glob("requirements*.lock")) if "://" in lock.read_text()]
    sys.stdout.write(f"locks: failed: {', '.join(hosts)} name an address\n" if hosts else "locks: ok\n")
    raise typer.Exit(code or (1 if hosts else 0))


@app.command()
def fix() -> None:
    """Mend and format what can be mended without thinking."""
    raise typer.Exit(run_all(MENDING))


def run_all(steps: Mapping[str, Sequence[str]]) -> int:
    """Runs each step, also after a failure; gives the exit code of the first that failed, else 0."""
    first = 0
    for name, command in steps.items():
        sys.stdout.write(f"{name}: ")
        sys.stdout.flush()
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - our tools
        sys.stdout.write("ok\n" if done.returncode == 0 else f"failed\n{done.stdout}{done.stderr}\n")
        first = first or done.returncode
    return first


@app.command()
def openapi(service: Annotated[str, typer.Argument(help="referrals, outcomes or trajectories.")]) -> None:
    """Print the OpenAPI document of a service as JSON."""
    if service not in SERVICES:
        raise LocalError(f"there is no service {service!r}; there are {', '.join(SERVICES)}.", exit_code=2)
    settings = read_settings(importlib.import_module(f"services.{service}.settings").Settings)
    application = importlib.import_module(f"services.{service}.app").create_app(settings)
    sys.stdout.write(json.dumps(application.openapi(), indent=2, ensure_ascii=False) + "\n")
