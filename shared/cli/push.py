"""`icc push`, which a council runs to send its figures: the file goes to a feed, its submission is followed and shown."""

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared.cli.calls import body_of, call, client, refusal
from shared.cli.options import Data, Port, Token, Url, commands, first_port, service_url
from shared.cli.tokens import local_token, own_key_explained
from shared.local import LocalError
from shared.spreadsheets import XLSX

# The service writes this where the file does not name its period; on the command line that is an option.
ASKS_FOR_PERIOD = "?period="
CONTENT_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": XLSX,
}
ON_ITS_WAY = frozenset({"received", "processing"})
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 1800
WAIT = {"Prefer": "wait=30"}
NOT_FOUND, UNPROCESSABLE = 404, 422

app = commands()


@app.command()
def push(
    feed: Annotated[str, typer.Argument(help="reablement, carers, …")],
    file: Annotated[Path, typer.Argument(help="The table as it is: CSV, XLSX or JSON.")],
    period: Annotated[
        str | None, typer.Option("--period", help="As 2019-20-Q4, where the file does not name its quarter.")
    ] = None,
    withdraw: Annotated[
        str | None,
        typer.Option(
            "--withdraw",
            metavar="MONTHS",
            help="As 2022-04,2022-05: take out of force what stands for these months and the file does not have.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen; store nothing.")] = False,
    org: Annotated[str, typer.Option("--org", help="The council, when a token is made here.")] = "cumbria",
    url: Url = None,
    token: Token = None,
    port: Port = None,
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
        client(service_url("outcomes", url=url, port=first_port(port, data)), token=bearer) as connection,
        _bar(console) as bar,
    ):
        task = bar.add_task(f"{feed} {file.name}", total=1.0)
        submission = push_file(
            connection,
            Push(feed, file, period, check, withdraw),
            follow=lambda done: bar.update(task, completed=done),
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
    """A progress line that leaves nothing behind; none where the output is no terminal."""
    parts = (SpinnerColumn(), TextColumn("{task.description} {task.percentage:.0f} %"), TimeElapsedColumn())
    return Progress(*parts, console=console, transient=True, disable=not console.is_terminal)


@dataclass(frozen=True, slots=True)
class Push:
    """A file for a feed. period: as `2019-20-Q4`, where the file does not name its own. check: say what would happen.

    withdraw: months to take out of force, as `2022-04,2022-05`.
    """

    feed: str
    file: Path
    period: str | None = None
    check: bool = False
    withdraw: str | None = None

    @property
    def content_type(self) -> str:
        """The media type of the file's ending. Raises LocalError for another ending."""
        ending = self.file.suffix.lower()
        if ending not in CONTENT_TYPES:
            raise LocalError(f"{self.file.name} should end in {', '.join(CONTENT_TYPES)}.", exit_code=2)
        return CONTENT_TYPES[ending]

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        given = {
            "period": self.period,
            "withdraw": self.withdraw,
            "validate_only": "true" if self.check else None,
        }
        return {name: value for name, value in given.items() if value}


def push_file(client: httpx.Client, push: Push, *, follow: Callable[[float], None]) -> dict[str, Any]:
    """Posts the file and gives the submission's final state, or the problem document of a rejected one.

    follow: is called with how far the work is, 0..1.
    """
    # All tries of one push have one key, so that a broken connection never sends a file twice. A new push has a new
    # key: the same file sent later may mean something new, for it restores what was superseded.
    with push.file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    key = f"{digest[:32]}-{uuid.uuid4().hex}"
    headers = {"Idempotency-Key": key, "Content-Type": push.content_type} | WAIT

    def post() -> httpx.Response:
        with push.file.open("rb") as content:
            return client.post(
                f"/v1/feeds/{push.feed}/submissions", params=push.query, headers=headers, content=content
            )

    answer = call(post)
    if answer.status_code == UNPROCESSABLE:
        return body_of(answer) | {"status": "rejected"}
    if answer.status_code == NOT_FOUND:
        raise _unknown_feed(client, push.feed) or refusal(answer)
    if answer.is_error:
        raise refusal(answer)
    return _final_state(client, answer, follow)


def _unknown_feed(client: httpx.Client, feed: str) -> LocalError | None:
    """The sentence that names the feeds there are; None when the one asked for is among them."""
    answer = call(lambda: client.get("/v1/feeds"))
    if answer.is_error:
        return None
    feeds = sorted(str(item["feed"]) for item in body_of(answer).get("items", []))
    if feed in feeds:
        return None
    return LocalError(f"there is no feed {feed!r}; the feeds are {', '.join(feeds)}.", exit_code=2)


def _final_state(
    client: httpx.Client, answer: httpx.Response, follow: Callable[[float], None]
) -> dict[str, Any]:
    """Asks for the submission until it is decided."""
    state = body_of(answer)
    place = answer.headers.get("Location", "")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while state.get("status") in ON_ITS_WAY:
        if time.monotonic() > deadline:
            raise LocalError(f"the submission is still on its way after half an hour; look at {place} later.")
        follow(float(state.get("progress") or 0))
        time.sleep(POLL_SECONDS)
        answer = call(lambda: client.get(place))
        if answer.is_error:
            raise refusal(answer)
        state = body_of(answer)
    follow(1.0)
    return state


def show_accepted(console: Console, submission: Mapping[str, Any]) -> None:
    """The submission's id, rows, totals, warnings."""
    rows = submission.get("rows") or {}
    totals = submission.get("totals") or {}
    named = " ".join(str(submission[part]) for part in ("feed", "council", "period") if submission.get(part))
    kept = submission.get("id") or "(a check: nothing was stored)"
    console.print(f"[bold]{submission.get('status', 'accepted')}[/bold] {escape(named)}  {kept}")
    if rows:
        console.print("rows: " + ", ".join(f"{rows[name]} {name}" for name in rows))
    if totals.get("stated") is not None or totals.get("computed") is not None:
        agreed = "reconciled" if totals.get("reconciled") else "not reconciled"
        console.print(f"totals: {_stated(totals)}, {totals.get('computed')} computed, {agreed}")
    for name, total in (totals.get("tables") or {}).items():
        console.print(f"  {escape(name)}: {_stated(total)}, {total.get('computed')} computed")
    if submission.get("supersedes"):
        console.print(f"supersedes {submission['supersedes']}")
    show_errors(console, submission.get("warnings") or [], title="Warnings")


def _stated(total: Mapping[str, Any]) -> str:
    return "none stated" if total.get("stated") is None else f"{total['stated']} stated"


def show_errors(console: Console, errors: Sequence[Mapping[str, Any]], *, title: str) -> None:
    """Row, column, code and what to mend, for each error that the service shows."""
    if not errors:
        return
    table = Table(title=title, title_justify="left", show_lines=False)
    table.add_column("row", justify="right")
    for name in ("column", "code", "what to mend"):
        table.add_column(name, overflow="fold")
    for error in errors:
        cells = (error.get("row"), error.get("column"), error.get("code"), error.get("detail"))
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in cells))
    console.print(table)
