"""Where a postcode lies and how deprived its area is, by an opened index of the ONS postcode directory.

Every process that knows the registry loads this; what opens and makes the index is `postcodes.py`.
"""

import mmap
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.registry.postcode_index import (
    AREA_BYTES,
    HEAD_BYTES,
    KEY_BYTES,
    RANK_BYTES,
    RECORD_BYTES,
    key_of,
)

QUINTILES: Final = 5


@dataclass(frozen=True, slots=True)
class Position:
    """Where a postcode lies.

    areas: its LSOA of the census of 2021, then that of 2011, as far as the directory names them.
    quintile: 1 for the most deprived fifth of its country's areas to 5; None where the directory gives no rank.
    """

    areas: tuple[str, ...]
    quintile: int | None


class Postcodes:
    """An opened index. A look-up reads some twenty records of a mapped file, which all processes share."""

    def __init__(self, content: mmap.mmap, *, postcodes: int, areas: Mapping[str, int]) -> None:
        """content: the whole index.   areas: how many areas each country has, by the first letter of their codes."""
        self._content = content
        self._areas = areas
        self._places = range(HEAD_BYTES, HEAD_BYTES + postcodes * RECORD_BYTES, RECORD_BYTES)

    def __len__(self) -> int:
        return len(self._places)

    def find(self, postcode: str) -> Position | None:
        """Where a postcode lies; case and blanks are forgiven. None for one that the directory does not list."""
        key = key_of(postcode)
        if key is None:
            return None
        found = bisect_left(self._places, key, key=self._key_at)
        if found == len(self._places) or self._key_at(self._places[found]) != key:
            return None
        place = self._places[found]
        record = self._content[place + KEY_BYTES : place + RECORD_BYTES]
        named = (record[:AREA_BYTES], record[AREA_BYTES:-RANK_BYTES])
        areas = tuple(area.decode().rstrip() for area in named if not area.isspace())
        rank = int.from_bytes(record[-RANK_BYTES:])
        return Position(areas, self._quintile(rank, areas))

    def _key_at(self, place: int) -> bytes:
        return self._content[place : place + KEY_BYTES]

    def _quintile(self, rank: int, areas: tuple[str, ...]) -> int | None:
        """The fifth that a rank is in, as the English Indices of Deprivation divide their ranks."""
        if rank == 0 or not areas:
            return None
        return -(-rank * QUINTILES // self._areas[areas[0][0]])
