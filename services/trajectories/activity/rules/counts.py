"""Monthly counts: a row is a practice in a month, and a band where the file breaks its counts down. All or nothing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from services.trajectories.activity.rules.findings import FileFindings
from services.trajectories.activity.rules.headers import Header
from services.trajectories.activity.rules.kinds import BREAKDOWNS, LENGTH_OF_STAY, Line, Refusal, values_of
from services.trajectories.activity.rules.standing import Standing
from services.trajectories.activity.rules.values import Remembered, read_count, read_month, read_value

Key = tuple[int, str, str]


class Counts:
    """The rows of a file of monthly counts, added one by one."""

    def __init__(self, header: Header, standing: Standing, findings: FileFindings, *, today: date) -> None:
        self.read = 0
        self._header, self._standing, self._findings = header, standing, findings
        self._rows: dict[Key, tuple[int, int, int | None]] = {}
        dimension = next((name for name in BREAKDOWNS if name in header.at), None)
        self._readers: list[tuple[str, Any]] = [
            ("month", Remembered(read_month(today))),
            ("practice", standing.codes),
            ("count", Remembered(read_count)),
        ]
        if dimension is not None:
            name = BREAKDOWNS[dimension]
            read = read_value(values_of(dimension))
            self._readers.append((dimension, Remembered(lambda text: f"{name}={read(text)}")))
        self._broken_down = dimension is not None
        self._divided = "denominator" in header.at
        if self._divided:
            optional = None if header.measure == LENGTH_OF_STAY else ""
            count = Remembered(read_count)
            self._readers.append(
                ("denominator", Remembered(lambda text: None if text.strip() == optional else count[text]))
            )

    def add_all(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Add rows with their numbers."""
        width = self._header.width
        for number, row in rows:
            self.read += 1
            if len(row) != width:
                detail = f"This row has {len(row)} cells, the header {width}."
                self._findings.refuse_row("row.field_count", detail, row=number)
                continue
            values = [self._value(number, row, name, reader) for name, reader in self._readers]
            if None not in values[: 3 + self._broken_down]:
                self._add(number, values)

    def _value(self, number: int, row: Sequence[str], column: str, reader: Any) -> Any:
        text = row[self._header.at[column]]
        try:
            return reader[text]
        except Refusal as refusal:
            self._findings.refuse_cell(refusal, text, row=number, column=self._header.printed[column])
            return None

    def _add(self, number: int, values: Sequence[Any]) -> None:
        month, sent, count, *more = values
        key = (month, sent, more.pop(0) if self._broken_down else "")
        figure = (number, count, more[0] if more else None)
        first = self._rows.setdefault(key, figure)
        if first is figure:
            return
        same = first[1:] == figure[1:]
        told = "the same figure" if same else "another figure"
        detail = f"Row {first[0]} has this practice and month already, with {told}."
        column = self._header.printed["practice"]
        self._findings.refuse_row(
            "row.duplicate" if same else "row.conflict", detail, row=number, column=column
        )

    def lines(self) -> Iterator[Line]:
        """The figures. Those by sex or deprivation come with their plain sum, for these lines are not the total."""
        measure, place = self._header.measure, self._standing.place
        sums: dict[tuple[int, str], list[int | None]] = {}
        for (month, sent, key), (_, count, denominator) in self._rows.items():
            yield Line(measure, month, sent, place(sent, month), key, count, denominator)
            if key and not key.startswith("age="):
                whole = sums.setdefault((month, sent), [0, 0])
                whole[0] = (whole[0] or 0) + count
                whole[1] = None if whole[1] is None or denominator is None else whole[1] + denominator
        for (month, sent), (numerator, denominator) in sums.items():
            yield Line(measure, month, sent, place(sent, month), "", numerator or 0, denominator)
