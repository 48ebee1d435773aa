"""What a council's officer asks of a feed: a return to fill in, what was sent, what is missing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.cli.calls import body_of, call, client, refusal, unknown_feed
from shared.cli.options import Data, Port, Token, Url, commands, first_port, service_url
from shared.cli.returns import local_time, show_accepted, show_errors
from shared.cli.tokens import local_token, own_key_explained
from shared.local import LocalError

FEED = Annotated[str, typer.Argument(help="reablement, carers, …")]
PERIOD = Annotated[
    str | None, typer.Option("--period", help="As 2019-20-Q4 or 2020-01; else the newest quarter.")
]
ORG = Annotated[str, typer.Option("--org", help="The council, when a token is made here.")]
NAMED = re.compile(r'filename="([\w.-]+)"')
NOT_FOUND, UNPROCESSABLE = 404, 422
SHOWN = 500
_RETURN = ("period", "council", "status", "due", "received", "days late", "restated", "missing")

app = commands()


@app.command()
def template(
    feed: FEED,
    period: PERIOD = None,
    form: Annotated[str, typer.Option("--form", help="xlsx or csv.")] = "xlsx",
    long: Annotated[
        bool, typer.Option("--long", help="One figure a row, not as the council prints it.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; else named by feed and period.")
    ] = None,
    org: ORG = "cumbria",
    url: Url = None,
    token: Token = None,
    port: Port = None,
    data: Data = None,
) -> None:
    """Write a blank return to fill in, as the council prints it where that is declared."""
    if form not in {"xlsx", "csv"}:
        raise LocalError(f"--form is xlsx or csv, not {form!r}.", exit_code=2)
    with _outcomes(url=url, token=token, port=port, data=data, org=org) as connection:
        shapes = ["long"] if long else ["printed", "long"]
        for shape in shapes:
            query = {"shape": shape} | ({"period": period} if period else {})
            answer = _asked(connection, feed, f"template.{form}", query)
            if answer.status_code != UNPROCESSABLE or shape == shapes[-1] or not _asks_for_long(answer):
                break
    if answer.is_error:
        raise refusal(answer)
    named = NAMED.search(answer.headers.get("Content-Disposition", ""))
    path = out or Path(named[1] if named else f"{feed}.{form}")
    try:
        with path.open("xb") as file:
            file.write(answer.content)
    except FileExistsError as there:
        raise LocalError(f"{path} is there already: name another file with --out.", exit_code=2) from there
    except OSError as error:
        raise LocalError(f"{path} cannot be written: {error.strerror}.") from error
    plain = (
        ""
        if shape == "printed" or long
        else " (the long form: no printed table is declared for this council)"
    )
    Console().print(escape(f"wrote {path}{plain}"), soft_wrap=True)


@app.command()
def submissions(
    feed: FEED,
    submission: Annotated[str | None, typer.Argument(help="Its id, to see one.")] = None,
    period: PERIOD = None,
    status: Annotated[str | None, typer.Option("--status", help="accepted, rejected, …")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=SHOWN, help="At most so many.")] = 20,
    org: ORG = "cumbria",
    url: Url = None,
    token: Token = None,
    port: Port = None,
    data: Data = None,
) -> None:
    """List what was sent of a feed, newest first; with an id, what became of one file."""
    console = Console()
    with _outcomes(url=url, token=token, port=port, data=data, org=org) as connection:
        if submission is not None:
            _show_one(console, _document(_asked(connection, feed, f"submissions/{submission}", {})))
            return
        query = {"limit": str(limit), "period": period, "status": status}
        given = {name: value for name, value in query.items() if value}
        page = _document(_asked(connection, feed, "submissions", given))
    _show_list(console, page["items"])
    if page.get("next"):
        console.print(f"… older ones: --limit {SHOWN}, or --period")


@app.command()
def completeness(
    feed: FEED,
    period: PERIOD = None,
    org: ORG = "cumbria",
    url: Url = None,
    token: Token = None,
    port: Port = None,
    data: Data = None,
) -> None:
    """Show whose return of a feed came, how late, and what is missing; without a period all since a council's first."""
    query = {"limit": str(SHOWN)} | ({"period": period} if period else {})
    with _outcomes(url=url, token=token, port=port, data=data, org=org) as connection:
        found = _document(_asked(connection, feed, "completeness", query))
    _show_completeness(Console(), found)


@contextmanager
def _outcomes(
    *, url: str | None, token: str | None, port: int | None, data: Path | None, org: str
) -> Iterator[httpx.Client]:
    bearer = token or local_token("council-feed", org=org, data=data)
    with (
        own_key_explained(token=token, data=data),
        client(service_url("outcomes", url=url, port=first_port(port, data)), token=bearer) as connection,
    ):
        yield connection


def _asked(connection: httpx.Client, feed: str, what: str, query: Mapping[str, str]) -> httpx.Response:
    answer = call(lambda: connection.get(f"/v1/feeds/{feed}/{what}", params=dict(query)))
    if answer.status_code == NOT_FOUND:
        raise unknown_feed(connection, feed) or refusal(answer)
    return answer


def _document(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise refusal(answer)
    return body_of(answer)


def _asks_for_long(answer: httpx.Response) -> bool:
    """Whether an answer refuses the shape, and not the period."""
    return any(error.get("pointer") == "/shape" for error in body_of(answer).get("errors") or [])


def _show_one(console: Console, submission: Mapping[str, Any]) -> None:
    show_accepted(console, submission)
    show_errors(console, submission.get("errors") or [], title="Errors")
    if submission.get("superseded_by"):
        console.print(f"superseded by {submission['superseded_by']}")


def _show_list(console: Console, items: Sequence[Mapping[str, Any]]) -> None:
    """Two lines for each: a terminal may be narrow, and an id is copied whole."""
    if not items:
        console.print("nothing was sent")
    for one in items:
        status = "superseded" if one.get("superseded_by") else str(one.get("status"))
        when, period = local_time(one.get("received_at")), one.get("period") or "no period"
        console.print(escape(f"{when}  {period:<10}  {status:<10}  {_counts(one)}"), soft_wrap=True)
        console.print(f"    {one.get('id')}", soft_wrap=True)


def _counts(submission: Mapping[str, Any]) -> str:
    """How much a submission holds and what was said of it."""
    rows, totals = submission.get("rows") or {}, submission.get("totals") or {}
    total = totals.get("computed")
    errors, warnings = submission.get("errors_total") or 0, len(submission.get("warnings") or [])
    parts = [
        f"{rows.get('accepted') or 0} figures",
        "" if total is None else f"total {total}",
        f"{errors} error{'s' if errors > 1 else ''}" if errors else "",
        f"{warnings} warning{'s' if warnings > 1 else ''}" if warnings else "",
    ]
    return ", ".join(part for part in parts if part)


def _show_completeness(console: Console, found: Mapping[str, Any]) -> None:
    """A line for each return: where it stands, when it was due and came, and what is missing of it."""
    items: Sequence[Mapping[str, Any]] = found["items"]
    there = sum(1 for one in items if one["status"] in {"supplied", "late"})
    named = " ".join(filter(None, (found["feed"], found["period"])))
    console.print(escape(f"{named}: {there} of {len(items)} returns are there"))
    rows = [_return_told(one) for one in items]
    told = {name for row in rows for name, cell in row.items() if cell}
    table = Table()
    for name in _RETURN:
        if name in told:
            table.add_column(name, overflow="fold", no_wrap=name in {"period", "due", "received"})
    for row in rows:
        table.add_row(*(escape(cell) for name, cell in row.items() if name in told))
    console.print(table)


def _return_told(one: Mapping[str, Any]) -> dict[str, str]:
    """The cells of a return; a column in which none has anything to say is left out."""
    restated, late = one.get("restated") or 0, one.get("days_late") or 0
    cells = (
        str(one["period"]),
        str(one["council"]),
        str(one["status"]),
        str(one["due_on"]),
        local_time(one.get("received_at")).rpartition(" ")[0],
        str(late) if late else "",
        str(restated) if restated else "",
        _missing(one.get("missing") or []),
    )
    return dict(zip(_RETURN, cells, strict=True))


def _missing(lacks: Sequence[Mapping[str, Any]]) -> str:
    """What a return lacks, the places of a table and its months together."""
    places: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in lacks:
        places.setdefault((str(one["table"]), tuple(one["months"])), []).append(str(one["place"]))
    told = (f"{table}, {', '.join(months)}: {', '.join(at)}" for (table, months), at in places.items())
    return "\n".join(told)
