"""What a feed is and what its printed tables look like: data, checked when it is loaded.

A feed names its tables, their categories and the measures they feed. A layout says how one council prints them:
headings, month labels, total labels, its own column names and category words. Another council's table is another
layout file, here or in the folder that `ICC_FEED_LAYOUTS` names; no code knows a council, a month or a category.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.registry.names import fold

DECLARED: Final = Path(__file__).parent / "declared"

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Label = Annotated[str, Field(min_length=1, max_length=255)]
Kind = TypeVar("Kind", bound="Declaration")
PlaceKind = Literal["icc", "practice", "council", "system"]


class Declaration(BaseModel):
    """Part of a declaration: frozen, and a member nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(Declaration):
    """One category of a table. aliases: other correct names.   misspellings: printed mistakes known to mean it."""

    code: Key
    label: Label
    aliases: tuple[Label, ...] = ()
    misspellings: tuple[Label, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every spelling that means this category; the first two are its own."""
        return (self.label, self.code, *self.aliases, *self.misspellings)


class Table(Declaration):
    """One table of a feed. breakdown: the dimension its categories are values of ("route").

    places: the kinds of place it counts by, where they are not those of its feed. A table by "system" has one figure
    for everybody: whoever states it first speaks for all, until it is withdrawn.
    """

    key: Key
    title: Label
    breakdown: Key
    places: tuple[PlaceKind, ...] = ()
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]

    @cached_property
    def by_name(self) -> dict[str, Category]:
        """The categories by every folded name."""
        return {fold(name): category for category in self.categories for name in category.names}


class Measure(Declaration):
    """A measure that a table feeds: with `breakdown` each category is a cell of it, with `category` only that one."""

    key: Key
    table: Key
    breakdown: Key | None = None
    category: Key | None = None

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        if (self.breakdown is None) == (self.category is None):
            raise ValueError("a measure has a breakdown or a category")
        return self


class Feed(Declaration):
    """A feed: who sends it, about which kinds of place, in which tables, and what it is published as.

    suppliers: the kinds of council that answer for it.   tables: the first states the feed's total.
    due_every, due_days: a return is of a quarter or a month, and awaited so many days after its last day.
    grains: what the period of one figure may be.
    """

    feed: Key
    title: Label
    places: Annotated[tuple[PlaceKind, ...], Field(min_length=1)]
    suppliers: Annotated[tuple[Literal["county", "unitary", "district"], ...], Field(min_length=1)]
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]
    measures: tuple[Measure, ...]
    due_every: Literal["month", "quarter"] = "quarter"
    due_days: Annotated[int, Field(ge=0, le=366)]
    grains: Annotated[tuple[Literal["month"], ...], Field(min_length=1)] = ("month",)

    @cached_property
    def by_table(self) -> dict[str, Table]:
        """The tables by key."""
        return {table.key: table for table in self.tables}

    def places_of(self, table: str) -> tuple[PlaceKind, ...]:
        """The kinds of place a table counts by."""
        return self.by_table[table].places or self.places

    @cached_property
    def shared_tables(self) -> tuple[str, ...]:
        """The tables of which the whole system has one figure, whichever council states it."""
        return tuple(table.key for table in self.tables if "system" in self.places_of(table.key))

    @cached_property
    def by_name(self) -> dict[str, tuple[Table, Category]]:
        """Where a category's folded name leads in the long form, which names no table."""
        return {name: (table, category) for table in self.tables for name, category in table.by_name.items()}

    @model_validator(mode="after")
    def _names_lead_to_one_place(self) -> Self:
        names = [
            (name, table.key, category.code)
            for table in self.tables
            for name, category in table.by_name.items()
        ]
        if len({name for name, _, _ in names}) != len(names):
            raise ValueError("a category name is used in two tables: the long form could not tell them apart")
        if {kind for table in self.tables for kind in self.places_of(table.key)} != set(self.places):
            raise ValueError("the places of a feed are those of its tables")
        for measure in self.measures:
            if measure.table not in self.by_table:
                raise ValueError(f"{measure.key} names a table that the feed does not have")
            codes = {category.code for category in self.by_table[measure.table].categories}
            if measure.category is not None and measure.category not in codes:
                raise ValueError(f"{measure.key} names a category that its table does not have")
        return self


class Heading(Declaration):
    """How one table is headed in print, and its categories' printed names where they differ from the feed's."""

    words: Annotated[tuple[Label, ...], Field(min_length=1)]
    categories: dict[Label, Key] = {}


class Layout(Declaration):
    """How one council prints a feed's tables.

    label_columns: 1 where categories stand under their month in the same column, 2 where month and category have a
    column each.   quarter: patterns with the groups `quarter`, `start` and perhaps `end` (years), beyond the usual ways to name one
    (`titles`).   months: label → 1..12.
    columns: printed community name → slug, beyond the registry's aliases.   outside: columns known to lie outside.
    total_columns, total_rows: labels.   month_totals: labels of a total row under a month.   ignored: labels of rows
    that say nothing (notes, sources).
    """

    layout: Key
    feed: Key
    councils: Annotated[tuple[Key, ...], Field(min_length=1)]
    label_columns: Literal[1, 2] = 1
    tables: dict[Key, Heading]
    quarter: tuple[str, ...] = ()
    months: dict[Label, Annotated[int, Field(ge=1, le=12)]]
    columns: dict[Label, Key] = {}
    outside: tuple[Label, ...] = ()
    total_columns: tuple[Label, ...] = ()
    total_rows: tuple[Label, ...] = ()
    month_totals: tuple[Label, ...] = ()
    ignored: tuple[Label, ...] = ()

    @model_validator(mode="after")
    def _quarter_patterns_name_their_groups(self) -> Self:
        for pattern in self.quarter:
            if not {"quarter", "start"} <= set(re.compile(pattern).groupindex):
                raise ValueError("a quarter pattern has the groups `quarter` and `start`")
        return self

    @cached_property
    def by_month(self) -> dict[str, int]:
        """Month numbers by folded label."""
        return {fold(label): month for label, month in self.months.items()}


class DeclarationError(Exception):
    """A declaration file that cannot be used; the message names the file and what is wrong with it."""


class Declarations:
    """Every feed and layout of an installation."""

    def __init__(self, feeds: list[Feed], layouts: list[Layout]) -> None:
        self.feeds = {feed.feed: feed for feed in feeds}
        self.layouts = layouts
        for layout in layouts:
            _check_against_feed(layout, self.feeds.get(layout.feed))

    def layouts_of(self, feed: str, council: str) -> list[Layout]:
        """The layouts in which a council may print a feed, the installation's own first."""
        return [layout for layout in self.layouts if layout.feed == feed and council in layout.councils]


def load_declarations(own_layouts: Path | None = None) -> Declarations:
    """The declarations that ship with the platform and the layouts of a folder of the installation's own.

    Raises DeclarationError naming the file; called once at start, so that a mistake is found before a council's file.
    """
    own = [_read(path, Layout) for path in _files(own_layouts)]
    shipped = [_read(path, Layout) for path in _files(DECLARED / "layouts")]
    return Declarations(list(shipped_feeds().values()), [*own, *shipped])


@cache
def shipped_feeds() -> Mapping[str, Feed]:
    """The feeds that ship with the platform, by key: what a figure is published as is the same in every process."""
    return {feed.feed: feed for feed in (_read(path, Feed) for path in _files(DECLARED))}


def _files(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield from sorted(folder.glob("*.json"))


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kind.model_validate(document)
    except (OSError, ValueError, ValidationError) as wrong:
        raise DeclarationError(f"{path}: {wrong}") from wrong


def _check_against_feed(layout: Layout, feed: Feed | None) -> None:
    if feed is None:
        raise DeclarationError(f"layout {layout.layout} is of a feed nobody declares: {layout.feed}")
    for key, heading in layout.tables.items():
        table = feed.by_table.get(key)
        if table is None or not set(heading.categories.values()) <= {one.code for one in table.categories}:
            raise DeclarationError(
                f"layout {layout.layout} names a table or category that {feed.feed} does not have: {key}"
            )
