"""Errors as CSV, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.spreadsheets import harmless

COLUMNS: Final = ("row", "column", "code", "detail", "sheet")


def errors_csv(errors: Iterable[Mapping[str, Any]]) -> str:
    """The errors under a header, with a byte order mark so that Excel reads UTF-8.

    A printed header that begins like a formula is quoted with an apostrophe: it came from a stranger's file.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for error in errors:
        writer.writerow([_harmless(error.get(name)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _harmless(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value
