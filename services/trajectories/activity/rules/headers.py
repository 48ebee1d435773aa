"""Which column of a file is what: any order, case, blanks and hyphens forgiven; nothing unknown and nothing twice."""

from collections.abc import Sequence
from typing import NamedTuple

from services.trajectories.activity.rules.findings import Findings
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


def read_header(cells: Sequence[str], measure: str | None, findings: Findings) -> Header | None:
    """The header of a file that is sent as a measure (None: as whatever it is); None when it cannot be read."""
    names = ["_".join(fold(cell).split()) for cell in cells]
    kind = kind_of(names)
    required, optional = COLUMNS[kind]
    known = (*required, *optional)
    before = findings.total
    for name, printed in zip(names, cells, strict=True):
        if name not in known:
            near = nearest(name, known)
            hint = f" The nearest is {near}." if near else ""
            findings.refuse(
                "file.header_unknown",
                f"Known columns are {', '.join(known)}.{hint}",
                row=1,
                column=printed[:80],
            )
        elif names.count(name) > 1:
            findings.refuse("file.header_duplicate", "This column stands twice.", row=1, column=printed[:80])
    for name in required:
        if name not in names:
            findings.refuse("file.header", f"The column {name} is missing.", row=1, column=name)
    asked = measure or (ATTENDANCES if kind == "attendances" else OF_ADMISSIONS[0])
    for detail in _misfits(kind, asked, names):
        findings.refuse("file.header", detail, row=1)
    if findings.total > before:
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
