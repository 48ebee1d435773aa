"""Records of a large CSV file counted many at a time. It says the same as counting them one by one, several times sooner.

Of each column only the different texts of a block are read, by the same readers. A row in which one of them is refused is
given to the reader of rows, which names what is wrong; so is all that follows the first block that is not plain.
"""

# A block is plain when a row is a line and a cell is what stands between two commas, in quotation marks at most as a whole.
# polars is asked for texts only: it must not guess what a cell means.

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

import polars as pl

from services.trajectories.activity.files import LONGEST_CELL, Table
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


class NotPlainError(Exception):
    """A block has a cell that only the reader of rows understands."""


class _Column:
    """Turns the texts of one column into whole numbers, block after block. What is refused is -1."""

    def __init__(self, reader: Remembered[Any], number_of: Callable[[Any], int]) -> None:
        self._reader, self._number_of = reader, number_of
        self._known: dict[str, int] = {}

    def numbers(self, texts: Iterable[str]) -> list[int]:
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


def unquoted(text: str) -> str:
    """A cell without the quotation marks around it. Raises NotPlainError where others stand in it, or it is too long."""
    if len(text) > LONGEST_CELL:
        raise NotPlainError
    if '"' not in text:
        return text
    inner = text[1:-1]
    if len(text) < 2 or text[0] != '"' or text[-1] != '"' or '"' in inner:  # noqa: PLR2004 -- a pair of marks
        raise NotPlainError
    return inner


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
        frame = _frame(block, header.width) if blocks.is_whole else None
        try:
            if frame is None:
                raise NotPlainError
            adder.add(frame, blocks.number)
        except NotPlainError:
            records.add_all(blocks.rows_from(block))
            break
        blocks.number += block.count(b"\n")
    adder.finish()


def _frame(block: bytes, width: int) -> pl.DataFrame | None:
    """The cells of a block as texts, quotation marks and all; None where it is not plain."""
    plain = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    if not plain.endswith(b"\n") or plain.endswith(b"\n\n"):  # the last line of a file, and blanks behind it
        plain = plain.rstrip(b"\n") + b"\n"
    if any(odd in plain for odd in (b"\r", b"\0", b"\n\n")) or not _is_utf8(plain):
        return None
    rows = plain.count(b"\n")
    if plain.count(b",") != rows * (width - 1):
        return None
    try:
        frame = pl.read_csv(
            plain,
            has_header=False,
            schema={f"{index}": pl.String for index in range(width)},
            quote_char=None,
            empty_string_is_null=False,
            extra_columns="raise",
            missing_columns="raise",
        )
    except pl.exceptions.PolarsError:
        return None
    # As many commas as a table has, and no row with too many, leave none with too few.
    return frame if frame.height == rows and not any(frame.null_count().row(0)) else None


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        # polars would take such a mark at the beginning of a block for that of a file.
        return not block.decode().startswith("\ufeff")
    except UnicodeDecodeError:
        return False


class _Adder(ABC):
    """What both kinds of records need of a block. codes: the practices that were met, by their number."""

    def __init__(
        self, records: Records, header: Header, numbers_of: Mapping[str, Callable[[Any], int]]
    ) -> None:
        self.codes: list[str] = []
        self._index: dict[str, int] = {}
        self._records = records
        self._of = {
            name: (f"{header.at[name]}", _Column(records.readers[name], number_of))
            for name, number_of in {
                **numbers_of,
                "practice": self._number_of_code,
                "age": _BANDS.index,
            }.items()
            if name in header.at
        }
        self._lacking = [name for name in (*numbers_of, "age") if name not in header.at]

    def _number_of_code(self, code: str) -> int:
        if code not in self._index:
            self._index[code] = len(self.codes)
            self.codes.append(code)
        return self._index[code]

    def add(self, frame: pl.DataFrame, first: int) -> None:
        """Add the rows of a block. first: the number of its first. Raises NotPlainError before anything is added."""
        # Few questions: each waits for a thread of polars, and on a busy machine that is most of the time.
        numbers = frame.lazy().select(self._numbers(frame)).with_columns(good=self.good()).collect()
        for sums, groups in zip(
            self.sums, pl.collect_all(self.groups(numbers.lazy().filter("good"))), strict=True
        ):
            sums.add(groups)
        good = numbers["good"]
        self._records.read += int(good.sum())
        if not good.all():
            self._records.add_all(_bad_rows(frame, good, first))

    def _numbers(self, frame: pl.DataFrame) -> Iterator[pl.Expr]:
        """The columns in whole numbers by their names, of days their months too, and what blanks mean where one is lacking."""
        different = frame.select(pl.all().unique().implode()).row(0, named=True)
        for name, (at, column) in self._of.items():
            texts = different[at]
            numbers = column.numbers(texts)
            yield _replaced(at, texts, numbers).alias(name)
            if name.endswith("_on"):
                yield _replaced(at, texts, map(_month, numbers)).alias(f"month_{name}")
        for name in self._lacking:
            blank = _BANDS.index(UNKNOWN) if name == "age" else 0
            yield pl.lit(blank, pl.Int64).alias(name)
            if name.endswith("_on"):
                yield pl.lit(0, pl.Int64).alias(f"month_{name}")

    @property
    @abstractmethod
    def sums(self) -> Sequence["_Sums"]:
        """What is summed."""

    @abstractmethod
    def good(self) -> pl.Expr:
        """Which rows can be counted."""

    @abstractmethod
    def groups(self, rows: pl.LazyFrame) -> list[pl.LazyFrame]:
        """The groups of a block's good rows, one question for each of `sums`."""

    @abstractmethod
    def finish(self) -> None:
        """Give what was counted to the records."""


class _Sums:
    """Groups with their sums, gathered from block to block. by: the columns that tell groups apart; all others are summed."""

    def __init__(self, *by: str) -> None:
        self.by = by
        self._frames: list[pl.DataFrame] = []

    def add(self, groups: pl.DataFrame) -> None:
        """Add the groups of a block."""
        self._frames.append(groups)
        if sum(one.height for one in self._frames) > _MANY_GROUPS:
            self._frames = [self._summed()]

    def rows(self) -> list[tuple[Any, ...]]:
        """Every group with its sums."""
        return self._summed().rows() if self._frames else []

    def _summed(self) -> pl.DataFrame:
        return pl.concat(self._frames).group_by(self.by).sum()


class _Admissions(_Adder):
    """Spells by month of admission, practice, age and kind; their stays by month of discharge."""

    def __init__(self, records: Admissions, header: Header) -> None:
        numbers_of: dict[str, Callable[[Any], int]] = {
            "admitted_on": lambda day: day.number,
            "method": int,
            "discharged_on": lambda day: 0 if day is None else day.number,
            "frailty": lambda frail: 4 * frail,
            "cause": lambda fell: 8 * fell,
        }
        super().__init__(records, header, numbers_of)
        self._admissions = records
        self._spells = _Sums("month_admitted_on", "practice", "age", "kind")
        self._stays = _Sums("month_discharged_on", "practice", "age")

    @property
    def sums(self) -> Sequence[_Sums]:
        """Spells and stays."""
        return self._spells, self._stays

    def good(self) -> pl.Expr:
        """Those without a refusal that do not end before they begin."""
        ended = pl.col("discharged_on")
        return _no_refusal() & ((ended == 0) | (ended >= pl.col("admitted_on")))

    def groups(self, rows: pl.LazyFrame) -> list[pl.LazyFrame]:
        """Spells, and the days and number of stays that have ended."""
        kind = pl.col("method") + pl.col("frailty") + pl.col("cause")
        spells = rows.with_columns(kind=kind).group_by(self._spells.by).agg(count=_many())
        emergencies = pl.col("method") & EMERGENCY_ADMISSION == EMERGENCY_ADMISSION
        stays = rows.filter((pl.col("discharged_on") > 0) & emergencies).group_by(self._stays.by)
        days = (pl.col("discharged_on") - pl.col("admitted_on")).sum()
        return [spells, stays.agg(days=days, count=_many())]

    def finish(self) -> None:
        """Give what was counted to the records."""
        codes = self.codes
        self._admissions.add_counted(
            ((month, codes[code], _BANDS[age], *rest) for month, code, age, *rest in self._spells.rows()),
            ((month, codes[code], _BANDS[age], *rest) for month, code, age, *rest in self._stays.rows()),
        )


class _Attendances(_Adder):
    """Attendances by month, practice and age."""

    def __init__(self, records: Attendances, header: Header) -> None:
        super().__init__(
            records, header, {"attended_on": lambda day: day.number, "type": int, "planned": int}
        )
        self._came = records
        self._attendances = _Sums("month_attended_on", "practice", "age")

    @property
    def sums(self) -> Sequence[_Sums]:
        """Attendances."""
        return (self._attendances,)

    def good(self) -> pl.Expr:
        """Those without a refusal."""
        return _no_refusal()

    def groups(self, rows: pl.LazyFrame) -> list[pl.LazyFrame]:
        """How many count; 0 where a practice had none that does."""
        counts = (pl.col("type") == 1) & (pl.col("planned") == 0)
        return [rows.group_by(self._attendances.by).agg(count=counts.sum().cast(pl.Int64))]

    def finish(self) -> None:
        """Give what was counted to the records."""
        codes = self.codes
        self._came.add_counted(
            (month, codes[code], _BANDS[age], count) for month, code, age, count in self._attendances.rows()
        )


def _replaced(at: str, texts: Sequence[str], numbers: Iterable[int]) -> pl.Expr:
    """The numbers of a column's texts."""
    return pl.col(at).replace_strict(pl.Series(texts), pl.Series(numbers, dtype=pl.Int64))


def _many() -> pl.Expr:
    return pl.len().cast(pl.Int64)


def _no_refusal() -> pl.Expr:
    return pl.all_horizontal(pl.all() != _REFUSED)


@cache
def _month(day: int) -> int:
    """The number of a day's month; 0 for no day, and for one that is refused."""
    return month_number(Month.of(date.fromordinal(day))) if day > 0 else 0


def _bad_rows(frame: pl.DataFrame, good: pl.Series, first: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not good, as the reader of rows has them."""
    bad = frame.with_row_index("row", offset=first).filter(~good)
    for number, *cells in bad.iter_rows():
        yield number, [unquoted(cell) for cell in cells]
