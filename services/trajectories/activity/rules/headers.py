"""Which column of a file is what: any order, case, blanks and hyphens forgiven; nothing unknown and nothing twice."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from services.trajectories.activity.rules.findings import FileFindings
from services.trajectories.activity.rules.kinds import (
    ATTENDANCES,
    BREAKDOWNS,
    COLUMNS,
    LENGTH_OF_STAY,
    OF_ADMISSIONS,
    PER_REGISTERED,
    REGISTERED,
    Kind,
    kind_of,
)
from shared.registry.names import fold, nearest
from shared.workbooks.people import PEOPLE, columns_of_people

_NEEDED: Final = frozenset(name for required, _ in COLUMNS.values() for name in required)
_HINTED: Final = 100
"""So many unknown columns are told the nearest known one: no more are shown, and a file may have tens of thousands."""


class Header(NamedTuple):
    """The columns of a file. at: where each stands.   printed: as the file prints them.   width: how many cells a row has."""

    kind: Kind
    measure: str
    at: dict[str, int]
    printed: dict[str, str]
    width: int

    def place_of(self, column: str) -> int:
        """Where a column stands; behind the last for one that the file does not have."""
        return self.at.get(column, self.width)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row names columns: two at least that a file must have. One word alone may be a title."""
    return len(_NEEDED.intersection(map(_name_of, cells))) > 1


def _name_of(cell: str) -> str:
    return "_".join(fold(cell).split())


def read_header(
    header: tuple[int, Sequence[str]], measure: str | None, findings: FileFindings
) -> Header | None:
    """The header of a file that is sent as a measure (None: as whatever it is); None when it cannot be read."""
    row, cells = header
    names = [_name_of(cell) for cell in cells]
    findings.places = {printed: index for index, printed in reversed(list(enumerate(cells)))}
    if columns_of_people(cells):
        if not findings.final:  # else the reader of the workbook has told it
            findings.refuse_row(PEOPLE.code, PEOPLE.detail, row=row)
        return None
    kind = kind_of(names)
    required, optional = COLUMNS[kind]
    known = (*required, *optional)
    before = findings.errors_total
    times = Counter(names)
    for name, printed in zip(names, cells, strict=True):
        if name not in known:
            near = nearest(name, known) if findings.errors_total < _HINTED else None
            hint = f" The nearest is {near}." if near else ""
            detail = f"Known columns are {', '.join(known)}.{hint}"
            findings.refuse_row("file.header_unknown", detail, row=row, column=printed)
        elif times[name] > 1:
            findings.refuse_row("file.header_duplicate", "This column stands twice.", row=row, column=printed)
    for name in required:
        if name not in names:
            findings.refuse_row("file.header", f"The column {name} is missing.", row=row, column=name)
    asked = measure or (ATTENDANCES if kind == "attendances" else OF_ADMISSIONS[0])
    for detail in _misfits(kind, asked, names):
        findings.refuse_row("file.header", detail, row=row)
    if findings.errors_total > before:
        return None
    at = {name: index for index, name in enumerate(names)}
    return Header(kind, asked, at, dict(zip(names, cells, strict=True)), len(cells))


def _misfits(kind: Kind, measure: str, names: Sequence[str]) -> list[str]:
    """What the columns and the measure say against each other."""
    if kind == "admissions" and measure not in OF_ADMISSIONS:
        return ["Records of admissions are sent as a measure of admissions."]
    if kind == "attendances" and measure != ATTENDANCES:
        return [f"Records of attendances are sent as {ATTENDANCES}."]
    if kind != "counts":
        return []
    broken = [name for name in BREAKDOWNS if name in names]
    found = [] if len(broken) < 2 else ["A count is broken down by one of age_band, sex and deprivation."]  # noqa: PLR2004
    if measure == REGISTERED and broken and broken != ["age_band"]:
        found.append("List sizes are broken down by age_band only.")
    if measure == LENGTH_OF_STAY and "denominator" not in names:
        found.append("A length of stay needs the column denominator: the spells discharged.")
    if "denominator" in names and measure not in (*PER_REGISTERED, LENGTH_OF_STAY):
        found.append("A plain count has no denominator.")
    return found
