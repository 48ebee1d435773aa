"""Who may send a feed and see its submissions, how long an answer waits, what a file leaves out or contradicts."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.reading import Figure
from shared.auth.caller import Caller
from shared.months import Month, Period
from shared.registry import Registry

LONGEST_WAIT: Final = timedelta(seconds=30)

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})\"?", re.ASCII)
_ASYNC: Final = re.compile(r"(?:^|[,;\s])respond-async(?:$|[,;\s])")


DETAIL: Final = "performance.detail"
SEND: Final = "feeds.write"
# Held by analysts and development leads. A publisher releases what others wrote: of a return it reads the status.
_WORKING_ON_FIGURES: Final = frozenset({"trajectories.write", "plans.write"})


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to hold an answer. applied: the preference as it was honoured, for `Preference-Applied`."""

    seconds: float
    applied: str | None = None


Part = tuple[str, Month]
"""A table and a month of it: what one submission supersedes of another."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a council's submission in force gives for one table in one month. places: of which it has any figure."""

    submission: UUID
    received_at: datetime
    council: str
    table: str
    month: Month
    places: tuple[str, ...]

    @property
    def part(self) -> Part:
        """The table and month it stands for."""
        return self.table, self.month


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


def sees_figures(caller: Caller, council: str, registry: Registry, *, on: date) -> bool:
    """Whether a caller may read the figures in what is said of a council's file: its totals, errors and warnings.

    The council itself may, and who works on figures and has exact ones of every community that the council has served.
    Operators, publishers and the leads of other communities see that it came, how large it is and which codes it got.
    """
    if caller.org is not None and registry.council(caller.org) is not None:
        return caller.org == council and (caller.has(DETAIL) or caller.has(SEND))
    if not caller.has(DETAIL) or _WORKING_ON_FIGURES.isdisjoint(caller.scopes):
        return False
    if caller.all_communities:
        return True
    known = registry.council(council)
    served = {one.of for one in known.communities} if known else set()
    own = {member for slug in caller.communities or () for member in registry.members(slug, on)}
    return bool(served) and own.issuperset(served)


def spoken_of(feed: Feed, figures: Iterable[Figure]) -> set[Part]:
    """The tables and months of which a file says something: a count, or a blank where blanks withdraw a shared figure.

    A month of nothing but blanks says nothing: it is the part of a template that was not filled in.
    """
    return {
        (figure.table, figure.month)
        for figure in figures
        if figure.count is not None or figure.table in feed.shared_tables
    }


def unspoken(
    feed: Feed,
    period: Period,
    tables: Iterable[str],
    *,
    parts: Collection[Part],
    standing: Iterable[Standing],
) -> list[dict[str, Any]]:
    """A warning for the months of its period of which a table of the file says nothing: what stands for them stays.

    parts: what the file speaks of or withdraws.
    """
    stands = {one.part for one in standing if one.places}
    warnings: list[dict[str, Any]] = []
    for table in tables:
        absent = [month for month in period if (table, month) not in parts]
        kept = [str(month) for month in absent if (table, month) in stands]
        missing = [str(month) for month in absent if (table, month) not in stands]
        title = f"“{feed.by_table[table].title}” has no figures for"
        if missing:
            warnings.append(_told("row.required", f"{title} {', '.join(missing)} of {period}."))
        if kept:
            warnings.append(
                _told(
                    "row.required",
                    f"{title} {', '.join(kept)} of {period}; what was sent for them before stays in force. "
                    f"To take it out of force, send the file with ?withdraw={','.join(kept)}.",
                )
            )
    return warnings


def withdrawn_in_vain(
    withdrawn: Iterable[Month], *, parts: Collection[Part], standing: Iterable[Standing]
) -> list[dict[str, Any]]:
    """A warning for the months to withdraw for which nothing stands beside what the file itself says. parts: of which it speaks."""
    stands = {one.month for one in standing if one.places and one.part not in parts}
    vain = [str(month) for month in withdrawn if month not in stands]
    if not vain:
        return []
    return [_told("row.required", f"Nothing is in force for {', '.join(vain)} that could be withdrawn.")]


def left_out(
    feed: Feed,
    figures: Iterable[Figure],
    standing: Iterable[Standing],
    community_of: Callable[[str, Month], str],
) -> list[dict[str, Any]]:
    """A warning for communities whose figures stand now and which a file that takes their months does not have.

    standing: what the file supersedes.   community_of: the community of a place, a
    practice's among them, or the place itself.
    """
    given: dict[tuple[str, Month], set[str]] = {}
    for figure in figures:
        given.setdefault((figure.table, figure.month), set()).add(community_of(figure.place, figure.month))
    months = {month for _, month in given}
    gone: dict[tuple[str, str], list[str]] = {}
    for one in standing:
        had = {community_of(place, one.month) for place in one.places}
        left = had - given.get((one.table, one.month), set())
        if left and one.month in months:
            gone.setdefault((one.table, ", ".join(sorted(left))), []).append(str(one.month))
    return [
        _told(
            "row.required",
            f"“{feed.by_table[table].title}”, {', '.join(sorted(set(of)))}: the return that this one supersedes has "
            f"{names}, this one has not; nothing stands for them after it.",
        )
        for (table, names), of in gone.items()
    ]


def communities_of(registry: Registry) -> Callable[[str, Month], str]:
    """The community that a place is, or that a practice belonged to in a month; any other place is itself."""

    def community_of(place: str, month: Month) -> str:
        return registry.icc_of_practice(place, month.first_day) if registry.practice(place) else place

    return community_of


def stated_elsewhere(
    figures: Iterable[Figure], others: Mapping[tuple[str, Month], str], *, places_at: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """An error for each figure of the whole system that another council states: two would be added up.

    others: which council does, by table and month.   places_at: as in `Reading`.
    """
    sheet, letters = places_at.get("sheet"), places_at.get("letters")
    return [
        {
            "code": "row.conflict",
            "row": figure.row,
            "column": "place",
            **({"sheet": sheet} if sheet else {}),
            **({"cell": f"{letters}{figure.row}"} if letters and figure.row else {}),
            "detail": f"{others[figure.table, figure.month]} states this figure of {figure.month}, and the whole system "
            "has one. Leave the row out; or they withdraw theirs, by sending it with a blank count, and you send yours.",
        }
        for figure in figures
        if figure.count is not None and (figure.table, figure.month) in others
    ]


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
                    _told(
                        "file.totals_mismatch",
                        f"{place}, {month}: “{table.title}” counts {count}, “{feed.tables[0].title}” {stated}. "
                        "The latter is shown.",
                    )
                )
    return warnings


def _told(code: str, detail: str) -> dict[str, Any]:
    return {"code": code, "row": None, "column": None, "detail": detail}
