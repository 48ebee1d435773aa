"""What every table that leaves for a spreadsheet, or comes from one, has in common."""

from typing import Final

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""
PARQUET: Final = "application/vnd.apache.parquet"
"""The media type of a table for analysts."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """A text for a CSV cell: one that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
