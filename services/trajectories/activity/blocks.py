"""Records of a large file counted many at a time. It says the same as counting them one by one, several times sooner.

Of each column only the different texts of a block are read, by the same readers. A row in which one of them is refused is
given to the reader of rows, which names what is wrong; so is all that follows the first block that is not plain.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, reduce
from operator import and_
from typing import Any, Final

import polars as pl

from services.trajectories.activity.files import Blocks, Table
from services.trajectories.activity.plain_blocks import (
    Column,
    NotPlainError,
    PlainBlock,
    read_plain,
    read_plain_objects,
    unquoted,
)
from services.trajectories.activity.rules.headers import Header
from services.trajectories.activity.rules.kinds import Refusal
from services.trajectories.activity.rules.records import Admissions, Attendances, Records
from services.trajectories.activity.rules.values import EMERGENCY_ADMISSION, Remembered, month_number
from shared.facts.fairness import AGES, UNKNOWN
from shared.months import Month

_REFUSED: Final = -1
_REMEMBERED: Final = 100_000
_MANY_GROUPS: Final = 400_000
_BANDS: Final = (*AGES, UNKNOWN)
Numbers = dict[str, pl.Series]
"""Of each column what its cells mean, in whole numbers."""


class _Reader:
    """Turns the texts of one column into whole numbers, block after block. What is refused is -1."""

    def __init__(self, reader: Remembered[Any], number_of: Callable[[Any], int]) -> None:
        self._reader, self._number_of = reader, number_of
        self._known: dict[str, int] = {}

    def numbers(self, texts: Sequence[str]) -> list[int]:
        """A number for each text. Raises NotPlainError."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        known = self._known
        return [known[text] if text in known else self._number(text) for text in texts]

    def _number(self, text: str) -> int:
        try:
            number = self._number_of(self._reader[unquoted(text)])
        except Refusal:
            return _REFUSED
        self._known[text] = number
        return number


def add_blocks(records: Records, header: Header, table: Table) -> None:
    """Add all records of a table, in blocks where it is given so."""
    blocks = table.blocks
    if blocks is None:
        records.add_all(table.rows)
        return
    adder: _Admissions | _Attendances
    match records:
        case Admissions():
            adder = _Admissions(records, header)
        case Attendances():
            adder = _Attendances(records, header)
        case _:
            raise TypeError("these records are not counted in blocks")
    while block := blocks.next():
        plain = _plain(block, header.width, blocks)
        try:
            if plain is None:
                raise NotPlainError
            adder.add(plain, blocks.number)
        except NotPlainError:
            records.add_all(blocks.rows_from(block))
            break
        blocks.number += plain.lines
    adder.finish()


def _plain(block: bytes, width: int, blocks: Blocks) -> PlainBlock | None:
    if not blocks.is_whole:
        return None
    return read_plain(block, width) if blocks.members is None else read_plain_objects(block, blocks.members)


class _Adder(ABC):
    """What both kinds of records need of a block. codes: the practices that were met, by their number."""

    def __init__(
        self, records: Records, header: Header, numbers_of: Mapping[str, Callable[[Any], int]]
    ) -> None:
        self.codes: list[str] = []
        self._index: dict[str, int] = {}
        self._records = records
        numbers_of = {**numbers_of, "practice": self._number_of_code, "age": _BANDS.index}
        self._of = {
            name: (header.at[name], _Reader(records.readers[name], number_of))
            for name, number_of in numbers_of.items()
            if name in header.at
        }
        blanks = {name: _BANDS.index(UNKNOWN) if name == "age" else 0 for name in numbers_of}
        self._lacking = {name: blank for name, blank in blanks.items() if name not in header.at}

    def _number_of_code(self, code: str) -> int:
        if code not in self._index:
            self._index[code] = len(self.codes)
            self.codes.append(code)
        return self._index[code]

    def add(self, block: PlainBlock, first: int) -> None:
        """Add the rows of a block. first: the number of its first. Raises NotPlainError before anything is added."""
        numbers, faults = self._numbers(block)
        good = reduce(and_, [column != _REFUSED for column in faults], self.in_order(numbers))
        is_good = bool(good.all())
        bad = [] if is_good else list(_picked(block, ~good, first))
        self.group(pl.DataFrame(numbers) if is_good else pl.DataFrame(numbers).filter(good))
        self._records.read += block.rows - len(bad)
        self._records.add_all(bad)

    def _numbers(self, block: PlainBlock) -> tuple[Numbers, list[pl.Series]]:
        """The columns in whole numbers by their names, of days their months too; and those in which something is refused."""
        found: Numbers = {}
        faults = []
        for name, (at, reader) in self._of.items():
            column = block.columns[at]
            numbers = reader.numbers(column.texts)
            found[name] = _spread(column, numbers)
            if _REFUSED in numbers:
                faults.append(found[name])
            if name.endswith("_on"):
                found[f"month_{name}"] = _spread(column, [_month(day) for day in numbers])
        for name, blank in self._lacking.items():
            found[name] = pl.repeat(blank, block.rows, dtype=pl.Int32, eager=True)
            if name.endswith("_on"):
                found[f"month_{name}"] = pl.repeat(0, block.rows, dtype=pl.Int32, eager=True)
        return found, faults

    @abstractmethod
    def in_order(self, numbers: Numbers) -> pl.Series:
        """Which rows can be counted, if nothing of them is refused."""

    @abstractmethod
    def group(self, rows: pl.DataFrame) -> None:
        """Add the good rows of a block to the groups."""

    @abstractmethod
    def finish(self) -> None:
        """Give what was counted to the records."""


class _Sums:
    """Groups with their sums, gathered from block to block. sizes: of the columns that tell groups apart, what all numbers lie below.

    Groups are told apart by one number, which is worked out sooner than many are compared.
    """

    def __init__(self, sizes: Mapping[str, int], sums: Mapping[str, pl.Expr]) -> None:
        self._sizes = sizes
        self._sums = [one.sum().alias(name) for name, one in sums.items()]
        self._frames: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Add the rows of a block."""
        key: pl.Expr = pl.lit(0, pl.Int64)
        for name, size in self._sizes.items():
            key = key * size + pl.col(name)
        self._frames.append(rows.group_by(key.alias("key")).agg(self._sums))
        if sum(one.height for one in self._frames) > _MANY_GROUPS:
            self._frames = [self._summed()]

    def rows(self) -> list[tuple[Any, ...]]:
        """Every group with its sums, the columns of both in their order."""
        if not self._frames:
            return []
        apart, rest = {}, pl.col("key")
        for name, size in reversed(list(self._sizes.items())):
            apart[name] = rest % size
            rest = rest // size
        summed = self._summed()
        groups = summed.select(**apart).select(*self._sizes)
        return groups.hstack(summed.drop("key")).rows()

    def _summed(self) -> pl.DataFrame:
        return pl.concat(self._frames).group_by("key").sum()


_MONTHS, _PRACTICES, _AGES = 1 << 17, 1 << 24, 1 << 4
"""More than there are: their product is below 2^63."""


class _Admissions(_Adder):
    """Spells by months of admission and discharge, practice and age."""

    def __init__(self, records: Admissions, header: Header) -> None:
        numbers_of: dict[str, Callable[[Any], int]] = {
            "admitted_on": lambda day: day.number,
            "method": int,
            "discharged_on": lambda day: 0 if day is None else day.number,
            "frailty": int,
            "cause": int,
        }
        super().__init__(records, header, numbers_of)
        self._admissions = records
        self._groups = _Sums(
            {
                "month_admitted_on": _MONTHS,
                "month_discharged_on": _MONTHS,
                "practice": _PRACTICES,
                "age": _AGES,
            },
            {name: pl.col(name).cast(pl.Int64) for name in ("unplanned", "emergency", "frail", "fell")}
            | {name: pl.col(name) for name in ("days", "ended")},
        )

    def in_order(self, numbers: Numbers) -> pl.Series:
        """Those that do not end before they begin."""
        ended = numbers["discharged_on"]
        return (ended == 0) | (ended >= numbers["admitted_on"])

    def group(self, rows: pl.DataFrame) -> None:
        """Spells, and the days and number of stays that have ended."""
        emergency = (pl.col("method") == EMERGENCY_ADMISSION).cast(pl.Int32)
        ended = emergency * (pl.col("discharged_on") > 0)
        self._groups.add(
            rows.with_columns(
                unplanned=pl.col("method") & 1,
                emergency=emergency,
                frail=emergency * pl.col("frailty"),
                fell=emergency * pl.col("cause"),
                days=ended * (pl.col("discharged_on") - pl.col("admitted_on")).cast(pl.Int64),
                ended=ended.cast(pl.Int64),
            )
        )

    def finish(self) -> None:
        """Give what was counted to the records."""
        codes = self.codes
        self._admissions.add_counted(
            (begun, ended, codes[code], _BANDS[age], *sums)
            for begun, ended, code, age, *sums in self._groups.rows()
        )


class _Attendances(_Adder):
    """Attendances by month, practice and age."""

    def __init__(self, records: Attendances, header: Header) -> None:
        super().__init__(
            records, header, {"attended_on": lambda day: day.number, "type": int, "planned": int}
        )
        self._came = records
        self._groups = _Sums(
            {"month_attended_on": _MONTHS, "practice": _PRACTICES, "age": _AGES},
            {"count": ((pl.col("type") == 1) & (pl.col("planned") == 0)).cast(pl.Int64)},
        )

    def in_order(self, numbers: Numbers) -> pl.Series:
        """All of them."""
        return numbers["attended_on"] > 0

    def group(self, rows: pl.DataFrame) -> None:
        """How many count; 0 where a practice had none that does."""
        self._groups.add(rows)

    def finish(self) -> None:
        """Give what was counted to the records."""
        codes = self.codes
        self._came.add_counted(
            (month, codes[code], _BANDS[age], count) for month, code, age, count in self._groups.rows()
        )


def _spread(column: Column, numbers: Sequence[int]) -> pl.Series:
    """(rows,), the numbers of their texts."""
    return pl.Series(numbers, dtype=pl.Int32).gather(column.codes)


@cache
def _month(day: int) -> int:
    """The number of a day's month; 0 for no day, and for one that is refused."""
    return month_number(Month.of(date.fromordinal(day))) if day > 0 else 0


def _picked(block: PlainBlock, which: pl.Series, first: int) -> Iterator[tuple[int, list[str]]]:
    """Some rows as the reader of rows has them. which: (rows,), whether a row is wanted."""
    numbers = (at + first for at in which.arg_true())
    yield from zip(numbers, block.picked(which), strict=True)
