"""The solver: whole numbers with known sums, and the table of them that is farthest in a direction.

The one module that knows HiGHS.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import highspy

_CROWDED = 10
"""As many seconds may go by while a thread works for one."""


class _Quiet(highspy.Highs):
    """The solver without what it prints on standard output when it is told of callbacks, of which there are none."""

    def enableCallbacks(self) -> None:  # noqa: N802 -- the library's name
        """Leave them off."""


class Tables:
    """Whole numbers between bounds, and what their sums must be."""

    def __init__(self, lows: Sequence[int], highs: Sequence[int]) -> None:
        self._count = len(lows)
        self._solver: Any = _Quiet()  # type: ignore[no-untyped-call]  # the library does not type it
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self._solver.setOptionValue(name, value)
        self._solver.addVars(self._count, list(map(float, lows)), list(map(float, highs)))
        self._columns = list(range(self._count))
        whole: Any = [highspy.HighsVarType.kInteger] * self._count
        self._solver.changeColsIntegrality(self._count, self._columns, whole)

    def add(self, weights: Mapping[int, int], low: int | None, high: int | None) -> int:
        """Demand that a weighted sum lies between two numbers; returns the number of the demand."""
        factors = list(map(float, weights.values()))
        below = -self._solver.inf if low is None else float(low)
        above = self._solver.inf if high is None else float(high)
        self._solver.addRow(below, above, len(weights), list(weights), factors)
        row: int = self._solver.getNumRow() - 1
        return row

    def drop(self, row: int) -> None:
        """Take back the newest demand."""
        self._solver.deleteRows(1, [row])

    def farthest(self, costs: Sequence[float], *, deadline: float) -> list[int] | None:
        """The table with the least cost; None where there is none, or none was proved to be by the deadline.

        deadline: on this thread's clock. The solver's is the one on the wall, and others may be working beside it.
        """
        return self._solved(costs, deadline=deadline, whole=True)

    def nearly(self, costs: Sequence[float], *, deadline: float) -> list[int] | None:
        """The table with the least cost were fractions allowed, rounded: it may not fit, and costs a tenth of `farthest`.

        Sums that nest have whole numbers at their corners, so it nearly always fits. Whoever asks looks whether it does.
        """
        return self._solved(costs, deadline=deadline, whole=False)

    def _solved(self, costs: Sequence[float], *, deadline: float, whole: bool) -> list[int] | None:
        left = deadline - time.thread_time()
        if left <= 0:
            return None
        self._solver.changeColsCost(self._count, self._columns, list(costs))
        self._solver.setOptionValue("solve_relaxation", not whole)
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + left * _CROWDED)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return [round(value) for value in self._solver.getSolution().col_value]
