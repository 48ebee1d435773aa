"""What a note must say, and the notes that the registry makes by itself. Pure."""

import uuid
from collections.abc import Collection, Iterator
from itertools import pairwise

from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.places import Geography
from shared.months import Month
from shared.registry.entries import Practice

MOVE, RESTATEMENT = "move", "restatement"
REGISTRY = "Registry"
_SPACE = uuid.UUID("6f1e7a5c-5d0b-4a57-9d53-7f6f6e6a8f21")
"""Names of moves are made in it, so that a move has the same id in every process."""


def is_web_address(link: str) -> bool:
    """Whether a link leads to a page of the web, and to nothing that a browser would run."""
    scheme, mark, rest = link.partition("://")
    return bool(mark) and scheme.lower() in {"http", "https"} and bool(rest) and " " not in link


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
