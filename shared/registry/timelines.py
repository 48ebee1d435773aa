"""Where a practice counts, day by day, worked out once at load so that routing is a look-up.

A closed practice counts where its successor counts from the day the successor carries it on; before that day, and
where there is no successor, its own memberships stand.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from shared.registry.entries import Practice

END_OF_TIME: Final = date.max


class Span(NamedTuple):
    """A run of days, both ends included, in which a practice counts to one place."""

    first: date
    last: date
    place: str


def timelines(practices: Mapping[str, Practice]) -> dict[str, tuple[Span, ...]]:
    """For each practice its spans in order; days in no span are days without a community.

    practices: by code, with successors that exist and never lead in a circle.
    """
    return {code: tuple(_spans(practice, practices)) for code, practice in practices.items()}


def carrier(code: str, on: date, practices: Mapping[str, Practice]) -> str:
    """The practice that carries a practice's history on a day: itself, or the last successor begun by then."""
    while (practice := practices.get(code)) is not None:
        if practice.successor is None or on < practice.successor.from_day:
            break
        code = practice.successor.practice
    return code


def _spans(practice: Practice, practices: Mapping[str, Practice]) -> list[Span]:
    successor = practice.successor
    handover = END_OF_TIME if successor is None else successor.from_day - timedelta(days=1)
    own = [
        Span(membership.valid_from, min(membership.valid_to or END_OF_TIME, handover), membership.of)
        for membership in sorted(practice.memberships, key=lambda membership: membership.valid_from)
        if membership.valid_from <= handover
    ]
    if successor is None:
        return own
    carried = [
        Span(max(span.first, successor.from_day), span.last, span.place)
        for span in _spans(practices[successor.practice], practices)
        if span.last >= successor.from_day
    ]
    return own + carried
