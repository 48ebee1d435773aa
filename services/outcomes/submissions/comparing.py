"""A file's figures beside those in force: what a resend changes, cell by cell, and figures that were sent before for other months."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.reading import Figure
from services.outcomes.submissions.rules import Part
from shared.months import Month, Period

Counts = Mapping[tuple[str, str], int | None]
"""The counts of a part, by place and category; None for a blank."""

FEWEST_TELLING: Final = 4
"""So many counts above 0 are alike by chance too rarely to be passed over."""

A_YEAR: Final = 12

Change = dict[str, Any]
"""One figure that a file changes: table, place, month, category, `was` and `is`; null where there is none."""


def by_part(figures: Iterable[Figure]) -> dict[Part, dict[tuple[str, str], int | None]]:
    """A file's figures by table and month."""
    parts: dict[Part, dict[tuple[str, str], int | None]] = {}
    for one in figures:
        parts.setdefault((one.table, one.month), {})[one.place, one.category] = one.count
    return parts


def changes_of(
    feed: Feed, given: Mapping[Part, Counts], standing: Mapping[Part, Counts], *, parts: Collection[Part]
) -> Iterator[Change]:
    """Every figure that the file gives otherwise than it stands, in the parts of which anything stands. A blank is no figure."""
    order = {table.key: at for at, table in enumerate(feed.tables)}
    for table, month in sorted(parts, key=lambda part: (order[part[0]], part[1])):
        was, now = standing.get((table, month), {}), given.get((table, month), {})
        for place, category in dict.fromkeys([*now, *was]):
            before, after = was.get((place, category)), now.get((place, category))
            if before != after:
                where = {"table": table, "place": place, "month": str(month), "category": category}
                yield {**where, "was": before, "is": after}


def months_beside(period: Period) -> list[Month]:
    """The months whose figures a period's may repeat: those of the period before, of the one after, of a year ago."""
    length = len(period.months)
    return sorted({month + by for by in _offsets(length) for month in period.months})


def repeated(
    feed: Feed, period: Period, given: Mapping[Part, Counts], standing: Mapping[Part, Counts]
) -> list[dict[str, Any]]:
    """A warning for each table whose figures are those that stand for another period: a new title over old figures."""
    warnings = []
    for table in feed.tables:
        own = {month: _told(counts) for (key, month), counts in given.items() if key == table.key}
        own = {month: counts for month, counts in own.items() if counts}
        if sum(1 for counts in own.values() for count in counts.values() if count) < FEWEST_TELLING:
            continue
        for by in _offsets(len(period.months)):
            before = [_told(standing.get((table.key, month + by), {})) for month in own]
            if before == list(own.values()):
                warnings.append(_same_as(table.title, [month + by for month in own]))
                break
    return warnings


def _offsets(length: int) -> Sequence[int]:
    return tuple(dict.fromkeys((-length, -A_YEAR, length)))


def _told(counts: Counts) -> dict[tuple[str, str], int]:
    return {key: count for key, count in counts.items() if count is not None}


def _same_as(title: str, months: Sequence[Month]) -> dict[str, Any]:
    span = str(months[0]) if len(months) == 1 else f"{min(months)} to {max(months)}"
    return {
        "code": "file.duplicate",
        "row": None,
        "column": None,
        "detail": f"“{title}”: every figure is the one in force for {span}. Is this the right file under the right period?",
    }
