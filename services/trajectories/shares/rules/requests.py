"""What the draft of a version must say, and how a basis is read. Pure."""

import re
from collections.abc import Iterator, Sequence

from services.trajectories.shares.rules.windows import wanted_window
from shared.months import Month
from shared.problems import FieldError

IN_FORCE = "in-force"
_FROZEN = re.compile(r"frozen:(\d{4}-\d{2})", re.ASCII)


def version_faults(
    effective_from: Month,
    *,
    window_months: int,
    lag_months: int,
    excluded: Sequence[Month],
    reason: str | None,
) -> Iterator[FieldError]:
    """Everything wrong with a wanted version beside its measure."""
    if not 1900 < effective_from.year < 2200:  # noqa: PLR2004 -- no plan is meant outside these
        yield FieldError("date.implausible", "/effective_from", "There are plans from 1901 to 2199 only.")
        return
    first, last = wanted_window(effective_from, window_months=window_months, lag_months=lag_months)
    for at, month in enumerate(excluded):
        if not first <= month <= last:
            detail = f"An excluded month lies in the window, {first} to {last}."
            yield FieldError("date.implausible", f"/excluded_months/{at}", detail)
        if month in excluded[:at]:
            yield FieldError("body.duplicate_key", f"/excluded_months/{at}", "The month is named twice.")
    if len(set(excluded)) >= window_months:
        yield FieldError("number.range", "/excluded_months", "A window keeps at least one month.")
    if excluded and reason is None:
        yield FieldError("body.required", "/excluded_reason", "Say why months are excluded.")
    if reason is not None and not excluded:
        yield FieldError("body.unknown_field", "/excluded_reason", "No month is excluded.")


def frozen_month(basis: str) -> Month | None:
    """The month of `frozen:YYYY-MM`, None for `in-force`. Raises ValueError for anything else."""
    if basis == IN_FORCE:
        return None
    match = _FROZEN.fullmatch(basis)
    if match is None:
        raise ValueError("a basis is `in-force` or `frozen:YYYY-MM`")
    return Month.parse(match[1])
