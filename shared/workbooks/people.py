"""Telling a list of people: columns of names, birth dates, postcodes or personal numbers side by side.

A return counts; a sheet of persons in it is a mistake that is told before anything is kept of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from shared.registry.names import fold
from shared.workbooks.sheets import Fault, Row

PEOPLE: Final = Fault(
    "file.pii_detected",
    "This looks like a list of people: columns of names, birth dates, postcodes or numbers of persons. A return names "
    "no person: take the list out and send the file again.",
)

_NAMES: Final = (
    "name", "first name", "forename", "forenames", "given name", "given names", "surname", "last name", "family name",
    "full name", "client", "client name", "patient", "patient name", "person", "person name", "service user",
    "service user name", "customer", "customer name", "carer name", "title and name",
)  # fmt: skip
_BIRTHS: Final = ("dob", "d o b", "date of birth", "birth date", "birthdate", "born", "year of birth")
_PLACES: Final = (
    "postcode", "post code", "home postcode", "address", "home address", "address line 1", "street", "house number",
)  # fmt: skip
_NUMBERS: Final = (
    "nhs number", "nhs no", "nhs num", "nhsnumber", "nhs", "chi number", "national insurance number", "ni number", "nino",
    "la person unique identifier", "person id", "client id", "patient id", "swift id", "liquidlogic id", "mosaic id",
)  # fmt: skip
_KINDS: Final = {
    word: kind
    for kind, words in (("name", _NAMES), ("birth", _BIRTHS), ("place", _PLACES), ("number", _NUMBERS))
    for word in words
}
_POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}", re.IGNORECASE | re.ASCII)
_DAY: Final = re.compile(
    r"(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?P<last>(?:19|20)[0-9]{2})|(?P<first>(?:19|20)[0-9]{2})-[0-9]{2}-[0-9]{2})(?:[ T].*)?"
)
_TELLING: Final = frozenset({"birth", "number"})
"""Kinds that only persons have; a name with an address may be an office's."""

_SEVERAL: Final = 3
_YEARS_APART: Final = 5
_LONGEST: Final = 40
WEIGHED: Final = 200
"""Rows whose cells are weighed: a list of people shows what it is long before that."""


def row_of_people(rows: Iterable[Row]) -> Row | None:
    """The first row from which a sheet looks like a list of people; None where it does not."""
    sheet = _Weighed()
    for number, row in enumerate(rows):
        filled = row.filled()
        if filled and len(sheet.kinds) > 1:  # somebody stands under the headings
            return sheet.header
        if sheet.tells_particulars(row, filled):
            return row
        if number < WEIGHED:
            sheet.weigh(row, filled)
            if sheet.shows_people():
                return sheet.header or row
    return None


def columns_of_people(names: Iterable[str]) -> bool:
    """Whether columns of these names together hold people."""
    return len({kind for name in names if (kind := _kind(name))}) > 1


def _kind(text: str) -> str | None:
    return _KINDS.get(fold(text)) if len(text) <= _LONGEST else None


@dataclass(slots=True)
class _Weighed:
    """What the rows of a sheet have shown. kinds: of the headings.   labels: of all that was named, row by row."""

    header: Row | None = None
    kinds: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    postcodes: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    years: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def tells_particulars(self, row: Row, filled: Sequence[int]) -> bool:
        """Note what a row names; whether the labels so far are those of one person, a line for each particular."""
        named = {kind for index in filled if (kind := _kind(row.text(index)))}
        if len(named) > 1 or (named and not self.kinds):
            self.kinds, self.header = named, row
        fresh = bool(named - self.labels)
        self.labels |= named
        return fresh and len(named) == 1 and len(self.labels) > 1 and bool(self.labels & _TELLING)

    def weigh(self, row: Row, filled: Sequence[int]) -> None:
        """Count the postcodes and the days that each column holds."""
        for index in filled:
            text, cell = row.text(index)[:_LONGEST], row.cells[index]
            if isinstance(cell, date):
                self.years[index].add(cell.year)
            elif _POSTCODE.fullmatch(text):
                self.postcodes[index] += 1
            elif found := _DAY.fullmatch(text):
                self.years[index].add(int(found["last"] or found["first"]))

    def shows_people(self) -> bool:
        """Whether cells themselves do: several postcodes in a column, days many years apart in one, or a heading's kind."""
        seen = set(self.kinds)
        if any(count >= _SEVERAL for count in self.postcodes.values()):
            seen.add("place")
        if any(len(one) >= _SEVERAL and max(one) - min(one) >= _YEARS_APART for one in self.years.values()):
            seen.add("birth")
        return len(seen) > 1 and seen != self.kinds
