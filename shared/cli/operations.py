"""An operator's commands: `icc status` (health, work, how far the figures are behind) and `icc rebuild`."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from shared.addresses import AUTHORS, SERVICES
from shared.cli.calls import RefusedError, body_of, call, client, refusal
from shared.cli.options import Data, Port, Token, commands, first_port, service_url
from shared.cli.tokens import local_token, own_key_explained
from shared.local import LocalError

app = commands()
REFUSED = frozenset({401, 403})
WORK_COLUMNS = ("service", "kind", "state", "rows", "oldest")

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 3600


@app.command()
def status(port: Port = None, token: Token = None, data: Data = None) -> None:
    """Show every service's health and work. Exits 1 when a service is away or not ready."""
    console, first = Console(), first_port(port, data)
    healths = {service: _read(service, "/health/ready", port=first, token=None) for service in SERVICES}
    console.print(_health_table(healths))
    if not any(healths.values()):
        console.print("Nothing answers here: ./icc up starts it; --port names other ports.", markup=False)
        raise typer.Exit(1)
    with own_key_explained(token=token, data=data):
        _show_work(console, port=first, token=token or local_token("operator", data=data))
    if any(
        health is None or health.get("status") not in {"ready", "degraded"} for health in healths.values()
    ):
        raise typer.Exit(1)


def _show_work(console: Console, *, port: int, token: str) -> None:
    """Work to do and set aside, what waits for people, and how far the figures are behind. Raises RefusedError when the token is."""
    work = {
        service: _read_work(service, "/v1/operations/work", port=port, token=token) for service in SERVICES
    }
    console.print(_work_table(work))
    for service in SERVICES:
        for one in (work[service] or {}).get("standing", []):
            oldest = f", the oldest for {one['oldest_seconds']:.0f} s" if one["rows"] else ""
            console.print(f"{one['name']}: {one['rows']}{oldest}", markup=False)
    facts = _read_work("trajectories", "/v1/operations/facts", port=port, token=token)
    # The facts of trajectories itself are not read from anywhere, so they have no lag.
    for feed in (one for one in (facts or {}).get("items", []) if one.get("author") in AUTHORS):
        lag = "never read" if feed.get("lag_seconds") is None else f"read {feed['lag_seconds']:.0f} s ago"
        console.print(f"facts of {feed.get('author')}: {lag}", markup=False)
    for service in SERVICES:
        for row in (work[service] or {}).get("failed", []):
            console.print(
                f"set aside: {service} {row.get('kind')} {row.get('id')}: {row.get('error') or ''}",
                markup=False,
            )


def _read(service: str, path: str, *, port: int, token: str | None) -> dict[str, Any] | None:
    """The JSON object at a path, a problem among them; None when the service does not answer with one."""
    try:
        with client(service_url(service, url=None, port=port), token=token) as connection:
            body = connection.get(path).json()
    except (httpx.HTTPError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def _read_work(service: str, path: str, *, port: int, token: str) -> dict[str, Any] | None:
    """As `_read`, where a refused token is no answer. Raises RefusedError: without it a refusal looks like no work."""
    body = _read(service, path, port=port, token=token)
    if body and body.get("status") in REFUSED:
        raise RefusedError(
            f"the work cannot be read: {body['status']} {body.get('detail') or body.get('title')}",
            status=body["status"],
        )
    return body


def _health_table(healths: Mapping[str, Mapping[str, Any] | None]) -> Table:
    table = Table(title="Health", title_justify="left")
    for name in ("service", "status", "parts"):
        table.add_column(name, overflow="fold")
    for service, health in healths.items():
        if health is None:
            table.add_row(service, "[red]away[/red]", "")
            continue
        parts = {name: value for name, value in health.items() if name not in {"status", "service", "checks"}}
        table.add_row(service, str(health.get("status", "")), _flat((health.get("checks") or {}) | parts))
    return table


def _work_table(work: Mapping[str, Mapping[str, Any] | None]) -> Table:
    table = Table(title="Work", title_justify="left")
    for name in WORK_COLUMNS:
        table.add_column(name, justify="right" if name in {"rows", "oldest"} else "left")
    for service, answer in work.items():
        for row in (answer or {}).get("counts", []):
            table.add_row(
                service, row["kind"], row["state"], str(row["rows"]), f"{row['oldest_seconds']:.0f} s"
            )
    return table


def _flat(parts: Mapping[str, Any]) -> str:
    """Nested parts in one line: `database ok, valkey away, facts.lag_seconds 2`."""
    shown = []
    for name, value in parts.items():
        inner = value if isinstance(value, Mapping) else None
        shown += (
            [f"{name}.{_flat({key: part})}" for key, part in inner.items()] if inner else [f"{name} {value}"]
        )
    return ", ".join(shown)


@app.command()
def rebuild(port: Port = None, token: Token = None, data: Data = None) -> None:
    """Ask every author to derive its facts again, and wait until it has."""
    bearer = token or local_token("operator", data=data)
    console = Console()
    for service in SERVICES:
        with own_key_explained(token=token, data=data):
            _rebuild(service, service_url(service, url=None, port=first_port(port, data)), bearer)
        console.print(f"{service}: rebuilt")


def _rebuild(service: str, base_url: str, token: str) -> None:
    """Starts the work at one author and follows it to its end. Raises LocalError when it was set aside."""
    with client(base_url, token=token) as connection:
        # Asked again after a broken connection, a second rebuild only does the same once more.
        answer = call(lambda: connection.post("/v1/operations/facts/rebuild"))
        if answer.is_error:
            raise refusal(answer)
        place = f"/v1/operations/work/{body_of(answer)['id']}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            row = body_of(call(lambda: connection.get(place)))
            if row.get("state") == "done":
                return
            if row.get("state") == "failed":
                raise LocalError(f"{service}: the rebuild was set aside: {row.get('error')}")
            time.sleep(POLL_SECONDS)
        raise LocalError(f"{service}: the rebuild is still running after an hour; see ./icc status.")
