"""What a submission looks like on the command line: its figures, what it changes, its errors as a table."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.months import Month

# The service speaks of its query parameters; on the command line they are options.
PARAMETER = re.compile(r"\?(period|withdraw)=([0-9A-Za-z,-]*[0-9A-Za-z])")
MOST_CELLS, MOST_COLUMNS = 12, 3
MOST_CHANGES = 25
WIDE, NARROW_COLUMN = 100, 24
SIMPLE_SHEET = re.compile(r"[^\W\d]\w*")


def show_accepted(console: Console, submission: Mapping[str, Any]) -> None:
    """The submission's id, rows, totals, what it changes and supersedes, warnings."""
    rows = submission.get("rows") or {}
    named = " ".join(str(submission[part]) for part in ("feed", "council", "period") if submission.get(part))
    kept = submission.get("id") or "(a check: nothing was stored)"
    console.print(f"[bold]{submission.get('status', 'accepted')}[/bold] {escape(named)}  {kept}")
    if rows:
        console.print("rows: " + ", ".join(f"{rows[name]} {name}" for name in rows))
    _show_totals(console, submission.get("totals") or {})
    if submission.get("known"):
        received = local_time(submission.get("received_at"))
        console.print(f"received before, {received}, and still in force: nothing was changed")
    else:
        show_consequences(console, submission)
    show_errors(console, submission.get("warnings") or [], title="Warnings", mend="what to look at")


def show_consequences(console: Console, submission: Mapping[str, Any]) -> None:
    """What the submission changes, withdraws and supersedes."""
    show_changes(console, submission)
    if submission.get("withdraw"):
        console.print(f"withdrawn: {', '.join(submission['withdraw'])}")
    for superseded in submission.get("superseded") or []:
        console.print(f"supersedes {superseded}")


def _show_totals(console: Console, totals: Mapping[str, Any]) -> None:
    if totals.get("stated") is not None or totals.get("computed") is not None:
        agreed = "reconciled" if totals.get("reconciled") else "not reconciled"
        console.print(f"totals: {_stated(totals)}, {totals.get('computed')} computed, {agreed}")
    for name, total in (totals.get("tables") or {}).items():
        console.print(f"  {escape(name)}: {_stated(total)}, {total.get('computed')} computed")


def _stated(total: Mapping[str, Any]) -> str:
    return "none stated" if total.get("stated") is None else f"{total['stated']} stated"


def show_changes(console: Console, submission: Mapping[str, Any]) -> None:
    """What a resend changes in the figures that stood: "1 figure changes: Barrow, January 2020, community 46 → 47"."""
    changes, total = submission.get("changes"), submission.get("changes_total")
    if changes is None or total is None:
        return
    if not total:
        console.print("no figure changes")
        return
    said = "1 figure changes" if total == 1 else f"{total} figures change"
    if total == 1:
        console.print(escape(f"{said}: {change_told(changes[0])}"))
        return
    console.print(f"{said}:")
    for change in changes[:MOST_CHANGES]:
        console.print(escape(f"  {change_told(change)}"))
    if (more := total - min(len(changes), MOST_CHANGES)) > 0:
        console.print(f"  … and {more} more")


def change_told(change: Mapping[str, Any]) -> str:
    """One figure that changes, in words."""
    was, now = (_figure(change.get(name)) for name in ("was", "is"))
    place = " ".join(_capital(word) for word in str(change.get("place")).split("-"))
    return f"{place}, {month_told(str(change.get('month')))}, {change.get('category')} {was} → {now}"


def _capital(word: str) -> str:
    return word if word == "and" else word.capitalize()


def _figure(count: int | None) -> str:
    return "blank" if count is None else str(count)


def month_told(text: str) -> str:
    """A month as people write it: "January 2020"."""
    try:
        return f"{Month.parse(text).first_day:%B %Y}"
    except ValueError:
        return text


def show_errors(
    console: Console, errors: Sequence[Mapping[str, Any]], *, title: str, mend: str = "what to mend"
) -> None:
    """Where each error stands, its column and code and what to mend; the same mistake in several cells is told once."""
    if not errors:
        return
    alike: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for error in errors:
        alike.setdefault((str(error.get("code")), str(error.get("detail"))), []).append(error)
    narrow = console.width < WIDE
    table = Table(title=title, title_justify="left", show_lines=False)
    table.add_column("where", justify="right", overflow="fold", max_width=NARROW_COLUMN if narrow else None)
    for name in (mend,) if narrow else ("column", "code", mend):
        table.add_column(name, overflow="fold")
    for (code, detail), found in alike.items():
        where = _listed(_places_of(found), MOST_CELLS)
        columns = list(dict.fromkeys(str(one["column"]) for one in found if one.get("column")))
        told = as_options(detail)
        if narrow:
            named = f"{', '.join(columns[:1])}: " if len(columns) == 1 else ""
            table.add_row(escape(where), escape(f"{named}{told} [{code}]"))
        else:
            table.add_row(*map(escape, (where, _listed(columns, MOST_COLUMNS), code, told)))
    console.print(table)


def _places_of(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where errors stand, a sheet's name before the first of its cells alone."""
    places, sheet = [], None
    for error in errors:
        same = error.get("cell") is not None and error.get("sheet") == sheet
        places.append(str(error["cell"]) if same else where_told(error))
        sheet = error.get("sheet")
    return places


def _listed(names: Sequence[str], most: int) -> str:
    """Names one after the other, the first ones of many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def where_told(error: Mapping[str, Any]) -> str:
    """Where an error stands, as Excel names a cell: Outcomes!F7; else its row."""
    cell, sheet, row = error.get("cell"), error.get("sheet"), error.get("row")
    if cell is None:
        place = "" if row is None else f"row {row}"
        return str(sheet) if sheet and not place else place
    if not sheet:
        return str(cell)
    plain = SIMPLE_SHEET.fullmatch(str(sheet)) is not None
    return f"{sheet}!{cell}" if plain else f"'{str(sheet).replace(chr(39), chr(39) * 2)}'!{cell}"


def as_options(detail: str) -> str:
    """A sentence of the service with its query parameters written as options of the command."""
    return PARAMETER.sub(r"--\1 \2", detail)


def local_time(text: str | None) -> str:
    """An instant on this machine's clock, to the minute."""
    return "" if not text else f"{datetime.fromisoformat(text).astimezone():%d %b %Y %H:%M}"
