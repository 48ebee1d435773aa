"""`icc check`: everything that must hold before a commit. It changes nothing."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from shared.local.directory import ROOT

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
TOOLS = (sys.executable, "-P", "-m")
CHECKS = {
    "lint": (*TOOLS, "ruff", "check", "--output-format", "concise", "."),
    "format": (*TOOLS, "ruff", "format", "--check", "."),
    "types": (*TOOLS, "mypy"),
    "types of the launcher": (*TOOLS, "mypy", "--scripts-are-modules", "icc"),
    "imports": (str(Path(sys.executable).with_name("lint-imports")),),
    "migrations": (*TOOLS, "shared.cli.drift"),
}


@app.command()
def check() -> None:
    """Run every check, say which failed, and end with the first failure's exit code."""
    code = run_all(CHECKS)
    hosts = locks_with_addresses()
    sys.stdout.write(f"locks: failed: {', '.join(hosts)} name an address\n" if hosts else "locks: ok\n")
    raise typer.Exit(code or (1 if hosts else 0))


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


def locks_with_addresses() -> list[str]:
    """Lock files that name a host: they would tie every installation to one package index."""
    return [lock.name for lock in sorted(ROOT.glob("requirements*.lock")) if "://" in lock.read_text()]
