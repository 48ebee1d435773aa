"""Where a practice's activity counts: at itself, at the one that carries it on, or outside the system."""

from services.trajectories.activity.rules.values import Remembered, month_of_number, read_practice
from shared.registry.registry import Registry


class Standing:
    """The registry as a file of activity asks it. codes: texts of a practice column, read."""

    def __init__(self, registry: Registry) -> None:
        self.codes = Remembered(read_practice(registry))
        self._registry = registry
        self._places: dict[tuple[str, int], str] = {}

    def place(self, sent: str, month: int) -> str:
        """The code that a practice's figure of a month is filed under, by the first day of the month."""
        found = self._places.get((sent, month))
        if found is None:
            found = self._places[sent, month] = self._find(sent, month)
        return found

    def _find(self, sent: str, month: int) -> str:
        registry = self._registry
        if registry.practice(sent) is None:
            return registry.outside
        return registry.carrier_of(sent, month_of_number(month).first_day)
