"""`icc status`: health of the services, work to do and set aside, and how far the figures are behind."""

from collections.abc import Mapping
from typing import Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from shared.addresses import FIRST_PORT, SERVICES
from shared.cli.calls import client
from shared.cli.minting import local_token
from shared.cli.options import Data, Port, Token, service_url

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
WORK_COLUMNS = ("service", "kind", "state", "rows", "oldest")


@app.command()
def status(port: Port = FIRST_PORT, token: Token = None, data: Data = None) -> None:
    """Show every service's health and work. Exits 1 when a service is away or not ready."""
    bearer = token or local_token("operator", data=data)
    console = Console()
    healths = {service: _read(service, "/health/ready", port=port, token=None) for service in SERVICES}
    work = {service: _read(service, "/v1/operations/work", port=port, token=bearer) for service in SERVICES}
    console.print(_health_table(healths))
    console.print(_work_table(work))
    facts = _read("trajectories", "/v1/operations/facts", port=port, token=bearer)
    for feed in (facts or {}).get("items", []):
        lag = "never read" if feed.get("lag_seconds") is None else f"read {feed['lag_seconds']:.0f} s ago"
        console.print(f"facts of {feed.get('author')}: {lag}", markup=False)
    for service in SERVICES:
        for row in (work[service] or {}).get("failed", []):
            console.print(
                f"set aside: {service} {row.get('kind')} {row.get('id')}: {row.get('error') or ''}",
                markup=False,
            )
    if not any(healths.values()):
        console.print("Nothing answers here: ./icc up starts it; --port names other ports.", markup=False)
    if any(
        health is None or health.get("status") not in {"ready", "degraded"} for health in healths.values()
    ):
        raise typer.Exit(1)


def _read(service: str, path: str, *, port: int, token: str | None) -> dict[str, Any] | None:
    """The JSON object at a path; None when the service does not answer with one."""
    try:
        with client(service_url(service, url=None, port=port), token=token) as connection:
            body = connection.get(path).json()
    except (httpx.HTTPError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def _health_table(healths: Mapping[str, Mapping[str, Any] | None]) -> Table:
    table = Table(title="Health", title_justify="left")
    for name in ("service", "status", "parts"):
        table.add_column(name, overflow="fold")
    for service, health in healths.items():
        if health is None:
            table.add_row(service, "[red]away[/red]", "")
            continue
        parts = {name: value for name, value in health.items() if name not in {"status", "service"}}
        table.add_row(service, str(health.get("status", "")), _flat(parts))
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
    said = []
    for name, value in parts.items():
        inner = value if isinstance(value, Mapping) else None
        said += (
            [f"{name}.{_flat({key: part})}" for key, part in inner.items()] if inner else [f"{name} {value}"]
        )
    return ", ".join(said)
