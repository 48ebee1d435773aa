"""Records of admissions and attendances: counted as they come by month, practice and age band, and forgotten.

The loops are written flat, for a million rows pass through them.
"""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from services.trajectories.activity.rules.findings import FileFindings, is_quarantine
from services.trajectories.activity.rules.headers import Header
from services.trajectories.activity.rules.kinds import (
    ATTENDANCES,
    EMERGENCY,
    FALLS,
    FRAILTY,
    LENGTH_OF_STAY,
    NON_ELECTIVE,
    OLD,
    VERY_OLD,
    Line,
    Refusal,
    bands_of,
)
from services.trajectories.activity.rules.standing import Standing
from services.trajectories.activity.rules.values import (
    EMERGENCY_ADMISSION,
    Day,
    Remembered,
    read_age,
    read_cause,
    read_day,
    read_frailty,
    read_method,
    read_planned,
    read_type,
)
from shared.facts.fairness import AGES, UNKNOWN

Rows = Iterable[tuple[int, list[str]]]
Group = tuple[int, str, str]
"""A month, a practice as it was sent, an age band."""
Spells = tuple[int, int, str, str, int, int, int, int, int, int]
"""The month in which spells began, that in which they ended (0: not yet or unknown), a practice as it was sent, an age band; then

how many were not planned, how many emergencies, how many of these of frail and of fallen people, and the days and number of
those emergencies that ended.
"""


class Records(ABC):
    """What both kinds of records have in common: readers of columns, faults of rows, lines of groups.

    readers: of each column, in an order of their own.
    """

    def __init__(self, header: Header, standing: Standing, findings: FileFindings) -> None:
        self.read = 0
        self.warnings: list[dict[str, Any]] = []
        self._header, self._standing, self._findings = header, standing, findings
        self.readers: dict[str, Remembered[Any]] = {}
        self._seen: set[tuple[int, str]] = set()

    @abstractmethod
    def add_all(self, rows: Rows) -> None:
        """Add rows with their numbers."""

    @abstractmethod
    def lines(self) -> Iterator[Line]:
        """The figures."""

    def _judge(self, number: int, row: Sequence[str]) -> None:
        """Name everything that is wrong with a row that could not be counted."""
        for column, reader in self.readers.items():
            if column not in self._header.at:
                continue
            text = row[self._header.at[column]]
            try:
                reader[text]
            except Refusal as refusal:
                self._findings.refuse_cell(refusal, text, row=number, column=self._header.printed[column])

    def _refuse_length(self, number: int, row: Sequence[str]) -> None:
        detail = f"This row has {len(row)} cells, the header {self._header.width}."
        self._findings.refuse_row("row.field_count", detail, row=number)

    @property
    def is_refused(self) -> bool:
        """Whether there are more bad rows than may be left aside, or no good one, or a fault of the whole file."""
        bad = self._findings.rows
        return self._findings.final or not is_quarantine(bad, self.read) or 0 < self.read == bad

    def _lines(self, measure: str, found: Callable[[Group], tuple[int, int | None] | None]) -> Iterator[Line]:
        """The lines of a measure for every practice and month of the file: by age where it has ages, else plain."""
        bands = (*bands_of(measure), UNKNOWN) if "age" in self._header.at else (UNKNOWN,)
        for month, sent in sorted(self._seen):
            place = self._standing.place(sent, month)
            for band in bands:
                key = f"age={band}" if "age" in self._header.at else ""
                figure = found((month, sent, band))
                if figure is not None:
                    yield Line(measure, month, sent, place, key, *figure)


class Admissions(Records):
    """Spells. Elective ones are counted nowhere, but show that the practice had its month sent."""

    def __init__(self, header: Header, standing: Standing, findings: FileFindings, *, today: date) -> None:
        super().__init__(header, standing, findings)
        days = Remembered(read_day(today))
        self.readers = {
            "admitted_on": days,
            "practice": standing.codes,
            "method": Remembered(read_method),
            "discharged_on": Remembered[Day | None](lambda text: days[text] if text.strip() else None),
            "age": Remembered(read_age),
            "frailty": Remembered(read_frailty),
            "cause": Remembered(read_cause),
        }
        self._spells: Counter[tuple[int, str, str, int]] = Counter()
        self._totals: defaultdict[str, Counter[Group]] = defaultdict(Counter)
        self._stays: defaultdict[Group, list[int]] = defaultdict(lambda: [0, 0])

    def add_all(self, rows: Rows) -> None:
        """Add rows with their numbers."""
        days, codes, methods, ends, ages, scores, causes = self.readers.values()
        begun, practice, method, ended, age, score, cause = map(self._header.place_of, self.readers)
        width, spells, stays = self._header.width, self._spells, self._stays
        read = 0
        for number, row in rows:
            read += 1
            if len(row) != width:
                self._refuse_length(number, row)
                continue
            row.append("")  # what a column that the file lacks holds
            try:
                day, sent, kind = days[row[begun]], codes[row[practice]], methods[row[method]]
                band, end = ages[row[age]], ends[row[ended]]
                kind += 4 * scores[row[score]] + 8 * causes[row[cause]]
            except Refusal:
                self._judge(number, row)
                continue
            if end is not None:
                if end.number < day.number:
                    printed = self._header.printed["discharged_on"]
                    self._findings.refuse_row(
                        "date.order", "The discharge lies before the admission.", row=number, column=printed
                    )
                    continue
                if kind & EMERGENCY_ADMISSION == EMERGENCY_ADMISSION:
                    stay = stays[end.month, sent, band]
                    stay[0] += end.number - day.number
                    stay[1] += 1
            spells[day.month, sent, band, kind] += 1
        self.read += read

    def add_counted(self, counted: Iterable[Spells]) -> None:
        """Add rows that were counted elsewhere."""
        totals = self._totals
        for begun, end, sent, band, unplanned, emergency, frail, fell, days, ended in counted:
            group = (begun, sent, band)
            self._seen.add((begun, sent))
            totals[NON_ELECTIVE][group] += unplanned
            totals[EMERGENCY][group] += emergency
            if band in VERY_OLD:
                totals[FRAILTY][group] += frail
            if band in OLD:
                totals[FALLS][group] += fell
            if ended:
                stay = self._stays[end, sent, band]
                stay[0] += days
                stay[1] += ended

    def lines(self) -> Iterator[Line]:
        """The figures of every measure for which the file has the columns."""
        totals = self._totals
        for (month, sent, band, kind), spells in self._spells.items():
            group = (month, sent, band)
            self._seen.add((month, sent))
            for measure in _counting(kind, band):
                totals[measure][group] += spells
        measures = [NON_ELECTIVE, EMERGENCY]
        if {"age", "frailty"} <= self._header.at.keys():
            measures.append(FRAILTY)
        if {"age", "cause"} <= self._header.at.keys():
            measures.append(FALLS)
        for measure in measures:
            counts = totals[measure]
            yield from self._lines(measure, _whole(measure, counts))
        if "discharged_on" in self._header.at:
            yield from self._of_stays()

    def _of_stays(self) -> Iterator[Line]:
        """Bed days over spells by the month of discharge. A month of which the file has no admission is left to the next file."""
        months = {month for month, _ in self._seen}
        outside = sum(spells for (month, _, _), (_, spells) in self._stays.items() if month not in months)
        if outside:
            detail = (
                f"{outside} discharges lie in months without admissions of this file and were not counted."
            )
            self.warnings.append({"code": "row.out_of_scope", "row": None, "column": None, "detail": detail})

        def found(group: Group) -> tuple[int, int | None] | None:
            stay = self._stays.get(group)
            return None if stay is None else (stay[0], stay[1])

        yield from self._lines(LENGTH_OF_STAY, found)


class Attendances(Records):
    """Attendances of emergency departments: types 1 to 4 that nobody planned."""

    def __init__(self, header: Header, standing: Standing, findings: FileFindings, *, today: date) -> None:
        super().__init__(header, standing, findings)
        self.readers = {
            "attended_on": Remembered(read_day(today)),
            "practice": standing.codes,
            "type": Remembered(read_type),
            "age": Remembered(read_age),
            "planned": Remembered(read_planned),
        }
        self._counts: Counter[Group] = Counter()

    def add_all(self, rows: Rows) -> None:
        """Add rows with their numbers."""
        days, codes, types, ages, plans = self.readers.values()
        came, practice, kind, age, planned = map(self._header.place_of, self.readers)
        width, counts, seen = self._header.width, self._counts, self._seen
        read = 0
        for number, row in rows:
            read += 1
            if len(row) != width:
                self._refuse_length(number, row)
                continue
            row.append("")
            try:
                day, sent, band = days[row[came]], codes[row[practice]], ages[row[age]]
                counted = types[row[kind]] and not plans[row[planned]]
            except Refusal:
                self._judge(number, row)
                continue
            if counted:
                counts[day.month, sent, band] += 1
            else:
                seen.add((day.month, sent))
        self.read += read

    def add_counted(self, attendances: Iterable[tuple[int, str, str, int]]) -> None:
        """Add rows that were counted elsewhere; 0 where a practice had attendances of which none counts."""
        for month, sent, band, count in attendances:
            if count:
                self._counts[month, sent, band] += count
            else:
                self._seen.add((month, sent))

    def lines(self) -> Iterator[Line]:
        """The figures."""
        self._seen.update((month, sent) for month, sent, _ in self._counts)
        yield from self._lines(ATTENDANCES, _whole(ATTENDANCES, self._counts))


def _counting(kind: int, band: str) -> Iterator[str]:
    """The counts that a spell is in. kind: how it began, with 4 for a frail and 8 for a fallen person."""
    if kind & 1:
        yield NON_ELECTIVE
    if kind & EMERGENCY_ADMISSION != EMERGENCY_ADMISSION:
        return
    yield EMERGENCY
    if kind & 4 and band in VERY_OLD:
        yield FRAILTY
    if kind & 8 and band in OLD:
        yield FALLS


def _whole(measure: str, counts: Counter[Group]) -> Callable[[Group], tuple[int, int | None] | None]:
    """The figure of a group. A practice that had none in a month has 0, and its rate has all its bands to divide by."""
    always = frozenset(_always(measure))

    def found(group: Group) -> tuple[int, int | None] | None:
        count = counts.get(group, 0)
        return (count, None) if count or group[2] in always else None

    return found


def _always(measure: str) -> tuple[str, ...]:
    """The bands that are told even where nobody was counted."""
    if measure == FALLS:
        return OLD
    return (*AGES, UNKNOWN) if measure == ATTENDANCES else (UNKNOWN,)
