"""An attacker who reads answers: every figure that any of them tells, and all that they work out, are equations of theirs.

What a reader can work out from figures that are shown adds nothing. What comes out otherwise is taken to tell the count behind it.
"""

from collections.abc import Sequence

from services.trajectories.publications.rules.making import FamilyCut
from tests.trajectories.attacking import Attacker, Key, Modes, communities_of, subject_of, within
from tests.trajectories.harvesting import Harvest, Worked
from tests.trajectories.quarters import MONTHS, Atom, Quarter


class AnswersAttacker(Attacker):
    """Knows all that was told, and all of one community. betrayed: where answers tell what was not shown."""

    def __init__(
        self, quarters: Sequence[Quarter], cuts: Sequence[FamilyCut], harvest: Harvest, *, own: str | None
    ) -> None:
        super().__init__(quarters, cuts, own=own)
        self.betrayed: list[tuple[str, int, Key]] = []
        modes = [Modes(cut) for cut in cuts]
        cells = [{cell.key: cell for cell in cut.cells} for cut in cuts]
        for one in harvest.heard:
            cell = cells[one.cut].get(one.key)
            told = (one.numerator, one.denominator, one.suppressed)
            if cell is not None and told == (cell.numerator, cell.denominator, cell.suppressed):
                self._learn(cell, self._published[one.cut], self._numbers_of(one.cut), modes[one.cut])
            else:
                self._betray(one.surface, one.cut, one.key)
        for worked in harvest.worked:
            self.take(worked)

    def take(self, worked: Worked) -> None:
        """A number that an answer worked out."""
        if not worked.is_explained:
            self._betray(worked.surface, worked.cut, worked.key)

    @property
    def equations(self) -> int:
        """How many different ones there are."""
        return len({(tuple(sorted(weights.items())), *ends) for weights, *ends in self._rows})

    def _numbers_of(self, cut: int) -> dict[Atom, int]:
        return {atom: self._number(atom, count) for atom, count in self._published[cut].counts.items()}

    def _betray(self, surface: str, cut: int, key: Key) -> None:
        """The count of a figure is known."""
        self.betrayed.append((surface, cut, key))
        quarter, numbers = self._published[cut], self._numbers_of(cut)
        table, part = subject_of(key, quarter.tables)
        counted = [
            numbers[table.key, community, month, value]
            for community in communities_of(key[1], quarter)
            for month in MONTHS
            if within(key, month)
            for value in ([part] if part else table.values)
        ]
        total = sum(self._true[one] for one in counted)
        self._rows.append((dict.fromkeys(counted, 1), total, total))
