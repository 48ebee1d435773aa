"""What a review must say. Pure."""

from collections.abc import Iterator
from datetime import date

from shared.problems import FieldError


def next_faults(reviewed_on: date, next_review_on: date | None) -> Iterator[FieldError]:
    """What is wrong with the day of the next review."""
    if next_review_on is not None and next_review_on <= reviewed_on:
        yield FieldError("date.order", "/next_review_on", "The next review comes after this one.")


def next_due(reviewed_on: date, next_review_on: date | None, *, planned: date | None) -> date | None:
    """The day of the next review: as the review says, else as it was planned before. planned: a day that was reached is over."""
    if next_review_on is None and planned is not None and planned > reviewed_on:
        return planned
    return next_review_on
