"""Who may send a feed and see its submissions, and how long an answer is held."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.figures import Figure
from shared.auth.caller import Caller
from shared.months import Month
from shared.registry import Registry

LONGEST_WAIT: Final = timedelta(seconds=30)

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})\"?", re.ASCII)
_ASYNC: Final = re.compile(r"(?:^|[,;\s])respond-async(?:$|[,;\s])")


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to hold an answer. applied: the preference as it was honoured, for `Preference-Applied`."""

    seconds: float
    applied: str | None = None


def read_wait(prefer: str | None, *, usual: timedelta) -> Wait:
    """What a `Prefer` header asks (RFC 7240): `wait=N` up to 30 s, `respond-async` not at all; else the usual time."""
    text = (prefer or "").casefold()
    if found := _WAIT.search(text):
        seconds = min(int(found[1]), int(LONGEST_WAIT.total_seconds()))
        return Wait(seconds, f"wait={seconds}")
    if _ASYNC.search(text):
        return Wait(0.0, "respond-async")
    return Wait(usual.total_seconds())


def supplier(caller: Caller, feed: Feed, registry: Registry) -> str | None:
    """The council a caller sends a feed for: its organisation, where that is a council of the kinds that send it."""
    council = registry.council(caller.org) if caller.org else None
    return council.slug if council is not None and council.kind in feed.suppliers else None


def visible_councils(caller: Caller, registry: Registry) -> frozenset[str] | None:
    """Whose submissions a caller may see: None for everybody's, else its own and those of its communities' councils.

    A community's councils are those of any day: what an abolished council sent stays its communities' history.
    """
    if caller.all_communities:
        return None
    councils = {caller.org} if caller.org and registry.council(caller.org) else set()
    for council in registry.file.councils:
        if caller.communities and any(one.of in caller.communities for one in council.communities):
            councils.add(council.slug)
    return frozenset(councils)


def sum_by_place(figures: Iterable[Figure]) -> dict[str, dict[tuple[Month, str], int]]:
    """What each table counts at each place in each month; a blank adds nothing, a place of blanks only is left out."""
    sums: dict[str, dict[tuple[Month, str], int]] = {}
    for figure in figures:
        if figure.count is not None:
            table = sums.setdefault(figure.table, {})
            table[figure.month, figure.place] = table.get((figure.month, figure.place), 0) + figure.count
    return sums


def differing_totals(feed: Feed, sums: Mapping[str, Mapping[tuple[Month, str], int]]) -> list[dict[str, Any]]:
    """A warning for each month and place at which two tables of a feed count a different number.

    The first table is the one the feed's total is taken from. A place that only one of them has is not compared.
    """
    first = sums.get(feed.tables[0].key, {})
    warnings: list[dict[str, Any]] = []
    for table in feed.tables[1:]:
        for (month, place), count in sorted(sums.get(table.key, {}).items()):
            stated = first.get((month, place))
            if stated is not None and stated != count:
                warnings.append(
                    {
                        "code": "file.totals_mismatch",
                        "row": None,
                        "column": None,
                        "detail": f"{place}, {month}: “{table.title}” counts {count}, “{feed.tables[0].title}” {stated}. "
                        f"The latter is shown.",
                    }
                )
    return warnings
