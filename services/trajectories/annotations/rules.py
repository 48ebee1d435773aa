"""What a note must say, and the notes that the registry makes by itself. Pure."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.series import written
from services.trajectories.revisions.rules import Revision
from shared.months import Month, london_day
from shared.registry.entries import Practice

MOVE, RESTATEMENT = "move", "restatement"
_TWENTIETH = 20
REGISTRY = "Registry"
_SPACE = uuid.UUID("6f1e7a5c-5d0b-4a57-9d53-7f6f6e6a8f21")
"""Names of moves are made in it, so that a move has the same id in every process."""


def restatements(measure: Measure, month: Month, past: Sequence[Revision]) -> Iterator[tuple[datetime, str]]:
    """When a figure was restated by more than a twentieth, and a sentence about it.

    A restatement changes what was complete and settled: what arrives late, or is still being counted, is none.
    """
    for before, after in pairwise(past):
        if not before.complete or before.value is None or after.value is None:
            continue
        moved = after.value - before.value
        if is_settled(measure, month, london_day(after.begins)) and abs(moved) * _TWENTIETH > abs(
            before.value
        ):
            yield after.begins, _told(measure, before.value, after.value)


def is_settled(measure: Measure, month: Month, on: date) -> bool:
    """Whether a month's figures are taken for settled on a day."""
    return on > month.last_day + timedelta(days=measure.settles_days)


def _told(measure: Measure, before: Fraction, after: Fraction) -> str:
    text = f"Restated from {written(measure, before)} to {written(measure, after)}"
    return f"{text} ({float((after - before) / before):+.1%})." if before > 0 else f"{text}."


def moves(places: Geography, months: Collection[Month] | None = None) -> Iterator[Annotation]:
    """A note for both communities of each practice that moved between two, in some months or ever."""
    for practice in places.registry.file.practices:
        for month, before, after in _moves_of(practice, places):
            if months is None or month in months:
                text = f"{practice.name} ({practice.code}) moved from {_name(places, before)} to {_name(places, after)}."
                for community in (before, after):
                    named = f"{practice.code}/{month}/{community}"
                    yield Annotation(
                        id=uuid.uuid5(_SPACE, named),
                        measure=None,
                        community=community,
                        month=month,
                        kind="change",
                        text=text,
                        link=None,
                        author=REGISTRY,
                        automatic=MOVE,
                        made_at=None,
                    )


def _moves_of(practice: Practice, places: Geography) -> Iterator[tuple[Month, str, str]]:
    """The month, the community before and the one after of each move of a practice."""
    lasting = sorted(practice.memberships, key=lambda one: one.valid_from)
    for earlier, later in pairwise(lasting):
        on = later.valid_from
        before, after = (places.registry.icc_of(one.of, on) or one.of for one in (earlier, later))
        if before != after:
            yield Month.of(on), before, after


def _name(places: Geography, slug: str) -> str:
    return places.name_of(places.select(slug))
