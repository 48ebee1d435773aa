"""A block of plain lines as columns: of each column its different texts, and which of them stands in each row.

A block of CSV is plain when a row is a line and a cell is what stands between two commas, in quotation marks at most as a
whole. A block of JSON lines is plain when each has known members once, and texts and numbers that are read the same by
everybody. polars is asked for texts only: it must not guess what a cell means.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import polars as pl

from services.trajectories.activity.files import LONGEST_CELL, LONGEST_LINE


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
    plain, blanks = _trimmed(block)
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
    return PlainBlock(rows, rows + blanks, [_column(*one) for one in zip(frame, different, strict=True)])


# A reader of JSON reads more than it is told to: a member twice, one that nobody knows, a list as a text. Each shows in
# the number of members, or in a mark that a plain line has no use for: of escapes, of lists, of control.
_NOT_PLAIN: Final = bytes({*range(32), *b"\\["} - {*b"\n"})
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-4, 1e9


def read_plain_objects(block: bytes, members: Sequence[str]) -> PlainBlock | None:
    """A block of JSON lines with some of these members, None where it is not plain."""
    plain, blanks = _trimmed(block)
    rows = plain.count(b"\n")
    if not (_is_of_lines(block) and _is_of_objects(plain, rows)):
        return None
    if b"null" in plain:  # a member that says nothing is an empty cell, and is counted as one
        plain = plain.replace(b'":null', b'":""').replace(b'": null', b'":""')
    try:
        frame = pl.read_ndjson(plain, schema=dict.fromkeys(members, pl.String))
    except pl.exceptions.PolarsError:
        return None
    found = sum(rows - nulls for nulls in frame.null_count().row(0))
    if frame.height != rows or found != plain.count(b'":'):
        return None
    columns = []
    for texts in frame:
        different = pl.Categories.random()
        columns.append(_column(texts.cast(pl.Categorical(different)), different))
    if not all(_is_plain(text) for column in columns for text in column.texts):
        return None
    return PlainBlock(rows, rows + blanks, columns)


def _is_of_objects(plain: bytes, rows: int) -> bool:
    """Whether a block may be plain objects; what their reader does not take, and how many members it finds, is left to see."""
    if len(plain.translate(None, _NOT_PLAIN)) < len(plain) or plain.count(b"{") != rows:
        return False
    # No blank parts a name from its colon. One character is found sooner than two.
    return not (b" " in plain and b'" ' in plain)


def _is_of_lines(block: bytes) -> bool:
    """Whether no line is too long: at least one ends in as many bytes as one may have."""
    at = 0
    while at + LONGEST_LINE <= len(block):
        at = block.rfind(b"\n", at, at + LONGEST_LINE) + 1
        if not at:
            return False
    return True


def _is_plain(text: str) -> bool:
    """Whether a text is no number that is written in different ways."""
    try:
        size = abs(float(text))
    except ValueError:
        return True
    return _SMALLEST_PLAIN <= size < _LARGEST_PLAIN or (size == 0 and not text.startswith("-"))


def _column(cells: pl.Series, different: pl.Categories) -> Column:
    codes, texts = cells.to_physical(), different.to_series().to_list()
    # An empty cell is none of the texts.
    return Column(codes.fill_null(len(texts)), [*texts, ""]) if codes.has_nulls() else Column(codes, texts)


def _trimmed(block: bytes) -> tuple[bytes, int]:
    """The lines of a block, each with its end, and how many blank ones stood behind them."""
    plain = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    if plain.endswith(b"\n") and not plain.endswith(b"\n\n"):
        return plain, 0
    lines = plain.rstrip(b"\n") + b"\n"  # the last line of a file, and blanks behind one
    return lines, max(0, len(plain) - len(lines))


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
