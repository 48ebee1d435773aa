"""The postcode directory as a file that is looked up where it lies: how it is made of the CSV, and its form.

One record for each postcode, all of one width and in order, behind a head of fixed size: a look-up is a search by halves,
and a process that maps the file holds of it only the pages it touched. `postcodes.py` opens it, and has it made by a
process of its own (`python -m shared.registry.postcode_index CSV INDEX STAMP`), whose memory ends with it.

Source: ONS Postcode Directory, user guide: `pcds` (postcode with one blank), `lsoa11`, `lsoa21` (lower layer super output
areas of the two censuses), `imd` (rank of the area's index of multiple deprivation within its country, 0 for none).
"""

import csv
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Final, TextIO

FORMAT: Final = "icc-postcodes-1"
HEAD_BYTES: Final = 1024
KEY_BYTES, AREA_BYTES, RANK_BYTES = 7, 9, 2
RECORD_BYTES: Final = KEY_BYTES + 2 * AREA_BYTES + RANK_BYTES
"""A record: postcode without its blank, LSOA of 2021, LSOA of 2011 (each padded with blanks), rank."""

_LARGEST_RANK: Final = 256**RANK_BYTES - 1
_SHORTEST_KEY: Final = 5
_AREAS: Final = ("lsoa21", "lsoa11")


class PostcodeFileError(ValueError):
    """A directory that cannot be worked with; the message says why in one sentence, without its end."""


def key_of(postcode: str) -> bytes | None:
    """The bytes under which a postcode stands in the index; None for what cannot be one."""
    text = postcode.replace(" ", "")
    if not (text.isascii() and text.isalnum() and _SHORTEST_KEY <= len(text) <= KEY_BYTES):
        return None
    return text.upper().ljust(KEY_BYTES).encode()


def build_index(source: Path, target: Path, *, stamp: str) -> int:
    """Write the index of a directory, whole or not at all; returns how many postcodes it has.

    stamp: what `postcodes.py` knows the source's state by.   Raises PostcodeFileError, OSError.
    """
    ranks: dict[str, int] = {}
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        records = sorted(_records(file, ranks))
    if not records:
        raise PostcodeFileError("it has no rows")
    head = json.dumps({"format": FORMAT, "stamp": stamp, "postcodes": len(records), "areas": ranks})
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with fresh.open("xb") as file:
            file.write(head.encode().ljust(HEAD_BYTES))
            file.writelines(records)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return len(records)


def _records(file: TextIO, ranks: dict[str, int]) -> Iterator[bytes]:
    """The rows as records; `ranks` gets the largest rank of each country, by the first letter of its areas."""
    rows = csv.reader(file)
    try:
        cells = _wanted_cells(next(rows, []))
        for row in rows:
            if row:
                yield _record(*cells(row), ranks=ranks)
    except PostcodeFileError:
        raise
    except (ValueError, IndexError, csv.Error):
        raise PostcodeFileError(
            f"line {rows.line_num} is not of a postcode directory: a postcode, areas of nine characters and a rank are wanted"
        ) from None


def _record(postcode: str, rank_text: str, *areas: str, ranks: dict[str, int]) -> bytes:
    """One row as a record. Raises ValueError for what fits into none."""
    key = key_of(postcode)
    named = "".join([area.ljust(AREA_BYTES) for area in areas]).encode()
    if key is None or len(named) != AREA_BYTES * len(areas):
        raise ValueError
    rank = int(rank_text or 0)
    if not 0 <= rank <= _LARGEST_RANK:
        raise ValueError
    country = named.lstrip()[:1].decode()
    if rank > ranks.get(country, 0):
        ranks[country] = rank
    return key + named.ljust(2 * AREA_BYTES) + rank.to_bytes(RANK_BYTES)


def _wanted_cells(heading: Sequence[str]) -> Callable[[list[str]], tuple[str, ...]]:
    """What takes postcode, rank and areas out of a row. Raises PostcodeFileError for a heading without them."""
    names = [name.strip().lower() for name in heading]
    for name in ("pcds", "imd"):
        if name not in names:
            raise PostcodeFileError(f"it is not a CSV with a column {name} in its first row")
    areas = [name for name in _AREAS if name in names]
    if not areas:
        raise PostcodeFileError("it is not a CSV with a column lsoa11 or lsoa21 in its first row")
    return itemgetter(*(names.index(name) for name in ("pcds", "imd", *areas)))


def main(arguments: Sequence[str]) -> int:
    """Build one index: CSV, index, stamp. Prints why not, in one sentence, and returns 1."""
    source, target, stamp = arguments
    try:
        build_index(Path(source), Path(target), stamp=stamp)
    except PostcodeFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"it cannot be indexed ({error.strerror})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
