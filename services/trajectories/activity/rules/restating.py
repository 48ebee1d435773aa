"""What a file says against what stood: totals that changed, and what its reader should know of them."""

from collections.abc import Mapping
from typing import Any, Final

from services.trajectories.activity.rules.denominators import needs_lists
from services.trajectories.activity.rules.merging import Lines, Slot, total_of
from services.trajectories.activity.rules.values import month_of_number
from shared.registry.names import is_practice_code

ABOVE_PERCENT: Final = 5
"""A restatement by more than this is named."""


def restatements(
    figures: Mapping[Slot, Lines], before: Mapping[Slot, Lines]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The totals that changed, and a warning for each that changed by more than 5 %."""
    changes, warnings = [], []
    for slot, lines in sorted(figures.items()):
        if slot not in before:
            continue
        was, now = total_of(before[slot]), total_of(lines)
        if was == now:
            continue
        month = str(month_of_number(slot.month))
        changes.append({"measure": slot.measure, "place": slot.place, "month": month, "was": was, "is": now})
        if abs(now - was) * 100 > ABOVE_PERCENT * was:
            detail = f"{slot.measure} of {slot.place} in {month} is restated by more than {ABOVE_PERCENT} %."
            warnings.append({"code": "figure.restated", "row": None, "column": None, "detail": detail})
    return changes, warnings


def unlisted(figures: Mapping[Slot, Lines]) -> list[dict[str, Any]]:
    """One warning about the rates that have nothing to divide by."""
    without = sorted(
        {
            slot.place
            for slot, lines in figures.items()
            if needs_lists(slot.measure, lines) and is_practice_code(slot.place)
        }
    )
    if not without:
        return []
    detail = f"No list sizes are known for {', '.join(without[:10])}: send them, and the rates follow."
    return [{"code": "denominator.unknown", "row": None, "column": None, "detail": detail}]
