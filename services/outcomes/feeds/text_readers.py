"""Reading CSV (UTF-8, commas, RFC 4180 quoting) and `{"rows": […]}`, the long form as JSON; both strictly.

Another encoding is refused and never guessed: read as the wrong one, a community's name would silently become an
unknown one. Excel has written "CSV UTF-8" since 2016.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from shared.workbooks.findings import FileRefusedError
from shared.workbooks.sheets import CellValue, Row, Sheet, column_letters

LONGEST_FIELD: Final = 32_767
"""What one spreadsheet cell can hold."""

_MARK: Final = b"\xef\xbb\xbf"
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SAMPLE: Final = 20_000
_QUOTED: Final = re.compile(rb'"[^"]*"')
_HINT: Final = re.compile(rb'"?sep=(?P<mark>.)"?(?:\r\n|\n|\r)', re.IGNORECASE)
_SEPARATORS: Final = {b";": "semicolons", b"\t": "tabs", b"|": "upright strokes"}
_DELIMITER: Final = re.compile(rb"[,;\t|]")
_SHAPE: Final = (
    'Send {"rows": [{"period": "2020-01", "icc": "kendal", "category": "community", "count": 19}]}.'
)

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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
    data = _without_hint(data)
    _refuse_other_delimiter(data[:_SAMPLE])
    return [Sheet(rows=_rows(data))]


def _encoding_refused(row: int | None) -> FileRefusedError:
    return FileRefusedError(
        "file.encoding", "The file is not UTF-8. In Excel choose “CSV UTF-8” when saving.", row=row
    )


def _without_hint(data: bytes) -> bytes:
    """The file without Excel's own first line "sep=,", which no spreadsheet shows and no row is counted from."""
    hint = _HINT.match(data)
    if hint is None:
        return data
    _refuse_separator(hint["mark"])
    return data[hint.end() :]


def _refuse_other_delimiter(sample: bytes) -> None:
    """Judge by most of the lines, outside their quotation marks: a name may hold a comma, a title semicolons."""
    lines = [line for line in _QUOTED.sub(b"", sample).splitlines() if _DELIMITER.search(line)]
    for mark in _SEPARATORS:
        others = sum(line.count(mark) > line.count(b",") for line in lines)
        if 2 * others > len(lines):
            _refuse_separator(mark)


def _refuse_separator(mark: bytes) -> None:
    if name := _SEPARATORS.get(mark):
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


def read_json(content: bytes) -> list[Sheet]:
    """The rows as one sheet with a header; a row's number is its place in the list, counted from 1 after the header.

    So row 2 is the first object, as in a CSV of the same rows. A count sent as text is refused where it is read.
    Raises FileRefusedError (body.encoding, body.json, body.duplicate_key, body.too_deep, body.type,
    body.unknown_field, number.not_finite, text.surrogate, text.control_character).
    """
    rows = _rows_member(_parse(content))
    header: list[str] = []
    for number, row in enumerate(rows, start=2):
        if not isinstance(row, dict):
            raise FileRefusedError("body.type", f"Each row is an object. {_SHAPE}", row=number)
        header.extend(key for key in row if key not in header)
    return [
        Sheet(
            rows=[
                Row(1, header, None),
                *(Row(n, _cells(row, header, n), None) for n, row in enumerate(rows, start=2)),
            ]
        )
    ]


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_not_finite)
    except UnicodeDecodeError:
        raise FileRefusedError("body.encoding", "JSON is UTF-8.") from None
    except RecursionError:
        raise FileRefusedError("body.too_deep", _SHAPE) from None
    except ValueError:
        raise FileRefusedError("body.json", f"The body is not JSON. {_SHAPE}") from None


def _rows_member(document: Any) -> list[Any]:
    if not isinstance(document, dict) or not isinstance(document.get("rows"), list):
        raise FileRefusedError("body.type", _SHAPE)
    if set(document) != {"rows"}:
        raise FileRefusedError("body.unknown_field", f"Only `rows` is known. {_SHAPE}")
    rows: list[Any] = document["rows"]
    return rows


def _cells(row: dict[str, Any], header: list[str], number: int) -> list[CellValue]:
    for key, value in row.items():
        place = column_letters(header.index(key))  # a name that nobody knows may be a person's
        _check_text(key, row=number, column=None)
        if isinstance(value, str):
            _check_text(value, row=number, column=place)
        if isinstance(value, list | dict):
            raise FileRefusedError("body.type", "A row holds plain values.", row=number, column=place)
        if key.strip().casefold() == "count" and isinstance(value, str):
            raise FileRefusedError(
                "number.type", "A count in JSON is a number, not text.", row=number, column=key
            )
    return [row.get(key) for key in header]


def _check_text(text: str, *, row: int, column: str | None) -> None:
    """Refuse what JSON can write with an escape and no file of ours can hold."""
    if _SURROGATE.search(text):
        raise FileRefusedError(
            "text.surrogate", "The text has half of a surrogate pair.", row=row, column=column
        )
    if _CONTROL_TEXT.search(text):
        raise FileRefusedError(
            "text.control_character", "The text holds a control character.", row=row, column=column
        )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FileRefusedError("body.duplicate_key", "An object names a member twice.")
    return members


def _not_finite(_: str) -> NoReturn:
    raise FileRefusedError("number.not_finite", "NaN and Infinity are not counts.")
