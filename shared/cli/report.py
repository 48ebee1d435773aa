"""What `icc push` shows of a submission: the figures when it is accepted, every error in its place when it is not."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show_accepted(console: Console, submission: Mapping[str, Any]) -> None:
    """The submission's id, rows, totals, warnings."""
    rows = submission.get("rows") or {}
    totals = submission.get("totals") or {}
    said = " ".join(str(submission[part]) for part in ("feed", "council", "period") if submission.get(part))
    kept = submission.get("id") or "(a check: nothing was stored)"
    console.print(f"[bold]{submission.get('status', 'accepted')}[/bold] {escape(said)}  {kept}")
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
