"""`icc push`: what a council runs to send its figures."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared.addresses import FIRST_PORT
from shared.cli.calls import client
from shared.cli.minting import local_token, own_key_explained
from shared.cli.options import Data, Port, Token, Url, service_url
from shared.cli.report import show_accepted, show_errors
from shared.cli.submissions import Push, push_file
from shared.local import LocalError

ASKS_FOR_PERIOD = "?period="
"""What the service writes where the file does not say its period; on the command line that is an option."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def push(
    feed: Annotated[str, typer.Argument(help="reablement, carers, …")],
    file: Annotated[Path, typer.Argument(help="The table as it is: CSV, XLSX or JSON.")],
    period: Annotated[
        str | None, typer.Option("--period", help="As 2019-20-Q4, where the file does not name its quarter.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen; store nothing.")] = False,
    org: Annotated[str, typer.Option("--org", help="The council, when a token is made here.")] = "cumbria",
    url: Url = None,
    token: Token = None,
    port: Port = FIRST_PORT,
    data: Data = None,
) -> None:
    """Send a file, follow it, show the outcome. Exits 1 when it is rejected."""
    if file.is_dir():
        raise LocalError(f"{file} is a folder: name the file in it.", exit_code=2)
    if not file.is_file():
        raise LocalError(f"there is no file {file}.", exit_code=2)
    bearer = token or local_token("council-feed", org=org, data=data)
    console = Console()
    with (
        own_key_explained(token=token, data=data),
        client(service_url("outcomes", url=url, port=port), token=bearer) as connection,
        _bar(console) as bar,
    ):
        task = bar.add_task(f"{feed} {file.name}", total=1.0)
        submission = push_file(
            connection, Push(feed, file, period, check), follow=lambda done: bar.update(task, completed=done)
        )
    if submission.get("status") == "accepted":
        show_accepted(console, submission)
        return
    errors = submission.get("errors") or []
    why = "" if errors else escape(f": {submission.get('detail') or 'no reason was given'}")
    console.print(f"[bold red]{submission.get('status', 'rejected')}[/bold red]{why}")
    show_errors(console, errors, title="Errors")
    if any(ASKS_FOR_PERIOD in str(error.get("detail")) for error in errors):
        console.print(
            "Name the period like this: --period 2019-20-Q4 (financial year and quarter), or --period 2020-01"
        )
    raise typer.Exit(1)


def _bar(console: Console) -> Progress:
    """A progress line that leaves nothing behind; none where nobody watches."""
    parts = (SpinnerColumn(), TextColumn("{task.description} {task.percentage:.0f} %"), TimeElapsedColumn())
    return Progress(*parts, console=console, transient=True, disable=not console.is_terminal)
