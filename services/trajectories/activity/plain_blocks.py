"""A block of plain CSV as columns: of each column its different texts, and which of them stands in each row.

A block is plain when a row is a line and a cell is what stands between two commas, in quotation marks at most as a whole.
polars is asked for texts only: it must not guess what a cell means.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from services.trajectories.activity.files import LONGEST_CELL


class NotPlainError(Exception):
    """A block has a cell that only the reader of rows understands."""


class Column(NamedTuple):
    """A column of a block. codes: (rows,), the places of their texts in `texts`."""

    codes: pl.Series
    texts: Sequence[str]


class PlainBlock(NamedTuple):
    """A block, quotation marks and all. lines: of the file, those that are blank behind its rows too."""

    rows: int
    lines: int
    columns: Sequence[Column]

    def picked(self, which: pl.Series) -> Iterator[list[str]]:
        """The cells of some rows. which: (rows,), whether a row is wanted. Raises NotPlainError."""
        chosen = [(column.codes.filter(which), column.texts) for column in self.columns]
        for codes in zip(*(one for one, _ in chosen), strict=True):
            yield [unquoted(texts[code]) for code, (_, texts) in zip(codes, chosen, strict=True)]


def read_plain(block: bytes, width: int) -> PlainBlock | None:
    """A block of lines of two cells and more, None where it is not plain."""
    plain = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    size = len(plain)
    if not plain.endswith(b"\n") or plain.endswith(b"\n\n"):  # the last line of a file, and blanks behind one
        plain = plain.rstrip(b"\n") + b"\n"
    if b"\r" in plain or b"\0" in plain or not _is_utf8(plain):
        return None
    rows = plain.count(b"\n")
    # As many commas as a table has, and no row with too many, leave none with too few, and no blank line.
    if plain.count(b",") != rows * (width - 1):
        return None
    # The texts of one column in one block: those of others would be kept with them.
    different = [pl.Categories.random() for _ in range(width)]
    try:
        frame = pl.read_csv(
            plain,
            has_header=False,
            schema={f"{at}": pl.Categorical(one) for at, one in enumerate(different)},
            quote_char=None,
            extra_columns="raise",
            missing_columns="raise",
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != rows:
        return None
    blanks = max(0, size - len(plain))
    return PlainBlock(rows, rows + blanks, [_column(*one) for one in zip(frame, different, strict=True)])


def _column(cells: pl.Series, different: pl.Categories) -> Column:
    codes, texts = cells.to_physical(), different.to_series().to_list()
    # An empty cell is none of the texts.
    return Column(codes.fill_null(len(texts)), [*texts, ""]) if codes.has_nulls() else Column(codes, texts)


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        # polars would take such a mark at the beginning of a block for that of a file.
        return not block.decode().startswith("\ufeff")
    except UnicodeDecodeError:
        return False


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
