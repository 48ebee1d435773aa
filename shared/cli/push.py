"""`icc push`, which a council runs to send its figures: the file goes to a feed, its submission is followed and shown."""

import csv
import hashlib
import io
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shared.cli.calls import body_of, call, client, refusal, unknown_feed
from shared.cli.options import Data, Port, Token, Url, commands, first_port, service_url
from shared.cli.returns import show_accepted, show_errors
from shared.cli.tokens import local_token, own_key_explained
from shared.local import LocalError
from shared.spreadsheets import XLSX, harmless

CONTENT_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": XLSX,
}
ON_ITS_WAY = frozenset({"received", "processing"})
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 1800
COLUMNS = ("row", "column", "code", "detail", "sheet", "cell")
LONGEST_ANSWER = timedelta(minutes=1)  # an answer is held for half a minute
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
    errors: Annotated[
        Path | None, typer.Option("--errors", metavar="FILE", help="Where to write every error, as CSV.")
    ] = None,
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
        listed = errors_of(connection, feed, submission) if errors is not None else None
    if submission.get("status") == "accepted":
        show_accepted(console, submission)
        return
    show_rejected(console, submission)
    if listed is not None and errors is not None:
        try:
            errors.write_bytes(listed)
        except OSError as wrong:
            raise LocalError(f"{errors} cannot be written: {wrong.strerror}.") from wrong
        console.print(escape(f"wrote the errors to {errors}"), soft_wrap=True)
    raise typer.Exit(1)


def show_rejected(console: Console, submission: Mapping[str, Any]) -> None:
    """What is wrong with a file, as a table, and how its period is named where that is what is missing."""
    errors = submission.get("errors") or []
    total = submission.get("errors_total") or len(errors)
    why = (
        f"{total} error{'' if total == 1 else 's'}"
        if errors
        else submission.get("detail") or "no reason was given"
    )
    console.print(f"[bold red]{submission.get('status', 'rejected')}[/bold red]: {escape(why)}")
    show_errors(console, errors, title="Errors")
    if total > len(errors):
        console.print(
            f"These are the first {len(errors)} of {total}; --errors FILE writes those of a file that is sent."
        )


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
        raise unknown_feed(client, push.feed) or refusal(answer)
    if answer.is_error:
        raise refusal(answer)
    return _final_state(client, answer, follow) | {"known": _received_before(answer)}


def _received_before(answer: httpx.Response) -> bool:
    """Whether the answer is about an earlier push of the same file. Both times are the service's own."""
    received, now = body_of(answer).get("received_at"), answer.headers.get("Date")
    if not received or not now:
        return False
    return parsedate_to_datetime(now) - datetime.fromisoformat(str(received)) > LONGEST_ANSWER


def errors_of(client: httpx.Client, feed: str, submission: Mapping[str, Any]) -> bytes | None:
    """Every error of a rejected file as CSV, or those that the answer to a check shows; None of an accepted one."""
    if submission.get("status") == "accepted":
        return None
    stored = submission.get("submission") or submission.get("id")
    if stored is None:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for error in submission.get("errors") or []:
            cells = (error.get(name) for name in COLUMNS)
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
        return ("\ufeff" + out.getvalue()).encode()
    answer = call(lambda: client.get(f"/v1/feeds/{feed}/submissions/{stored}/errors.csv"))
    if answer.is_error:
        raise refusal(answer)
    return answer.content


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
