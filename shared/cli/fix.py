"""`icc fix`: what a tool can mend."""

import typer

from shared.cli.check import TOOLS, run_all

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
MENDING = {
    "lint": (*TOOLS, "ruff", "check", "--fix", "--quiet", "."),
    "format": (*TOOLS, "ruff", "format", "--quiet", "."),
}


@app.command()
def fix() -> None:
    """Mend and format what can be mended without thinking."""
    raise typer.Exit(run_all(MENDING))
