"""Invented postcode directories, in the form of the ONS's: more columns than are read, texts in quotes."""

import csv
from collections.abc import Sequence
from pathlib import Path

HEADING = ("pcd", "pcds", "dointr", "lsoa11", "lsoa21", "imd")

QUAY = "E99000001"
DALE = "E99000002"
NOBODYS = "E99000003"


def directory(
    folder: Path,
    rows: Sequence[tuple[str, str, str, str]],
    *,
    columns: Sequence[str] = HEADING,
    heading: Sequence[str] | None = None,
    encoding: str = "utf-8",
) -> Path:
    """A directory of rows (postcode, LSOA of 2011, LSOA of 2021, rank). heading: the columns as the file spells them."""
    file = folder / "directory.csv"
    with file.open("w", newline="", encoding=encoding) as out:
        writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(heading or columns)
        for postcode, lsoa11, lsoa21, rank in rows:
            cells = {
                "pcd": postcode.replace(" ", ""),
                "pcds": postcode,
                "dointr": "198001",
                "lsoa11": lsoa11,
                "lsoa21": lsoa21,
                "imd": rank,
            }
            writer.writerow([cells[name] for name in columns])
    return file
