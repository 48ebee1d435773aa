"""What is wrong with what is said of a carer. Pure."""

from collections.abc import Iterator
from datetime import date

from shared.problems import FieldError


def carer_faults(*, offered_on: date | None, assessed_on: date | None) -> Iterator[FieldError]:
    """The days of a carer's assessment: none is made before it was offered."""
    if offered_on is not None and assessed_on is not None and assessed_on < offered_on:
        yield FieldError("date.order", "/assessed_on", "It was assessed before it was offered.")
