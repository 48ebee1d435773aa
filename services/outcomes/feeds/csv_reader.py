"""Reading CSV: UTF-8 with or without a byte order mark, commas, RFC 4180 quoting; everything else is refused.

Another encoding is refused rather than guessed: read as the wrong one, a community's name would silently become
an unknown one, and Excel has written "CSV UTF-8" since 2016.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from services.outcomes.feeds.findings import FileRefusedError
from services.outcomes.feeds.sheets import Row, Sheet

LONGEST_FIELD: Final = 32_767
"""What one spreadsheet cell can hold."""

_MARK: Final = b"\xef\xbb\xbf"
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SAMPLE: Final = 20_000
_QUOTED: Final = re.compile(rb'"[^"]*"')
_DELIMITER: Final = re.compile(rb"[,;\t]")


def read_csv(content: bytes) -> list[Sheet]:
    """The file as one sheet whose rows are read as they are asked for.

    Raises FileRefusedError (file.encoding, file.control_character, file.csv_syntax, row.too_long), all but the
    second also while the rows are read.
    """
    data = content.removeprefix(_MARK)
    if control := _CONTROL.search(data):
        if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:_SAMPLE]:
            raise _encoding_refused(None)
        raise FileRefusedError(
            "file.control_character",
            "The file holds a control character. Save it again as CSV UTF-8.",
            row=data.count(b"\n", 0, control.start()) + 1,
        )
    _refuse_other_delimiter(data[:_SAMPLE])
    return [Sheet(rows=_rows(data))]


def _encoding_refused(row: int | None) -> FileRefusedError:
    return FileRefusedError(
        "file.encoding", "The file is not UTF-8. In Excel choose “CSV UTF-8” when saving.", row=row
    )


def _refuse_other_delimiter(sample: bytes) -> None:
    """Judge by the first line of several cells, outside its quotation marks: a community's name may hold a comma."""
    bare = _QUOTED.sub(b"", sample).splitlines()
    line = next((line for line in bare if _DELIMITER.search(line)), b"")
    for mark, name in ((b";", "semicolons"), (b"\t", "tabs")):
        if line.count(mark) > line.count(b","):
            raise FileRefusedError(
                "file.csv_syntax", f"The columns are separated by {name}. Separate them by commas.", row=1
            )


def _rows(data: bytes) -> Iterator[Row]:
    """The rows, decoded as they are read: the whole text would take four times the file's size."""
    number = 0
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), strict=True)
    csv.field_size_limit(LONGEST_FIELD)
    try:
        for number, cells in enumerate(reader, start=1):
            yield Row(number, cells)
    except UnicodeDecodeError:
        raise _encoding_refused(number + 1) from None
    except csv.Error as wrong:
        if "field larger" in str(wrong):
            raise FileRefusedError(
                "row.too_long", "A cell holds more text than a spreadsheet cell can.", row=number + 1
            ) from None
        raise FileRefusedError(
            "file.csv_syntax",
            "A quotation mark is not closed, or text follows a closing one.",
            row=number + 1,
        ) from None
