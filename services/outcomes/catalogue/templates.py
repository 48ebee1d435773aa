"""Templates of the long form: every month, community and category of a return, with the counts left to fill in."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

import xlsxwriter

from services.outcomes.feeds.declarations import Feed, PlaceKind
from shared.months import Period
from shared.registry import Registry

HEADER: Final = ("period", "icc", "category", "count", "note")
_NOTE_HINT: Final = "Checked and not kept: name no person."
_PLACE: Final = 1
_LAST_ROW: Final = 1_048_575
"""The last row of a sheet, 0-based."""


def template_rows(
    feed: Feed, registry: Registry, *, council: str | None, period: Period
) -> Iterator[tuple[str, ...]]:
    """The rows under the header: the council's communities, or every one where the caller is no council.

    A feed about other places than communities has them in a `place` column (see `template_header`).
    """
    for month in period.months:
        by_table = {
            table.key: _places(feed, registry, council, month.first_day, feed.places_of(table.key))
            for table in feed.tables
        }
        for place in dict.fromkeys(place for places in by_table.values() for place in places):
            for table in feed.tables:
                if place in by_table[table.key]:
                    for category in table.categories:
                        yield (str(month), place, category.code, "", "")


def with_names(rows: Iterable[tuple[str, ...]], feed: Feed, registry: Registry) -> Iterator[tuple[str, ...]]:
    """The rows with the names of communities and categories in place of their codes, as a person reads them."""
    labels = {category.code: category.label for table in feed.tables for category in table.categories}
    for month, place, category, *rest in rows:
        community = registry.community(place)
        named = place if community is None or "icc" not in feed.places else community.name
        yield (month, named, labels[category], *rest)


def template_header(feed: Feed) -> tuple[str, ...]:
    """The header: `icc`, or `place` where the feed is not about communities."""
    place = "icc" if "icc" in feed.places else "place"
    return (*HEADER[:_PLACE], place, *HEADER[_PLACE + 1 :])


def template_csv(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    """The template as CSV with a byte order mark, so that Excel keeps it UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return "\ufeff" + out.getvalue()


def template_xlsx(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> bytes:
    """The template as XLSX; months are text, for a spreadsheet would turn 2020-01 into a date.

    Whoever writes a note is told that it is not kept.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("return")
        text = book.add_format({"num_format": "@"})
        sheet.set_column(0, 0, 10, text)
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        note = header.index("note")
        hint = {"validate": "any", "input_title": "note", "input_message": _NOTE_HINT}
        sheet.data_validation(1, note, _LAST_ROW, note, hint)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value:
                    sheet.write_string(number, column, value)
    return out.getvalue()


def _places(
    feed: Feed, registry: Registry, council: str | None, on: date, kinds: Sequence[PlaceKind]
) -> list[str]:
    """The places of which a table is filled in: the caller's own, or every one where the caller is no council."""
    known = registry.council(council) if council else None
    if "system" in kinds:
        return [registry.system]
    if "council" in kinds:
        if known is not None:
            return [known.slug] if known.holds(on) else []
        return [one.slug for one in registry.file.councils if one.kind in feed.suppliers and one.holds(on)]
    served = None if known is None else set(registry.communities_of_council(known.slug, on))
    return [one.slug for one in registry.communities(on, "icc") if served is None or one.slug in served]
