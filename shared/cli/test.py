"""`icc test`: pytest on servers of its own, never on the developer's data."""

import os
import sys

import typer

from shared.local.directory import ROOT

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
KEPT_SETTINGS = {"ICC_POSTGRES_BIN"}


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def test(context: typer.Context) -> None:
    """Run the tests; arguments go to pytest. Settings of a running system (ICC_*) are left out."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ICC_") or name in KEPT_SETTINGS
    }
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-P", "-m", "pytest", *context.args], environment)  # noqa: S606 - becomes pytest
