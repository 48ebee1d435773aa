"""The kinds of meetings: a data file, so that a new kind of meeting is a new line."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

FILE: Final = Path(__file__).with_name("kinds.json")


@dataclass(frozen=True, slots=True)
class MeetingKind:
    """One kind of meeting. pathway: whose newly referred people stand on its agenda."""

    key: str
    title: str
    pathway: str


@dataclass(frozen=True, slots=True)
class MeetingKinds:
    """Every kind by its key.

    care_staff: the sectors whose people may hear of a person for their care without a consent of the person's own.
    """

    kinds: Mapping[str, MeetingKind]
    care_staff: frozenset[str]
    benefit_after_months: int


@cache
def meeting_kinds() -> MeetingKinds:
    """What the data file says. Raises KeyError or TypeError for an incomplete entry: a start-up failure."""
    document: dict[str, Any] = orjson.loads(FILE.read_bytes())
    return MeetingKinds(
        kinds={row["key"]: MeetingKind(**row) for row in document["kinds"]},
        care_staff=frozenset(document["care_staff"]),
        benefit_after_months=document["benefit_asked_after_months"],
    )
