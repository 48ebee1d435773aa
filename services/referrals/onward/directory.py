"""The services that a case can be sent on to, read once from a data file when a process starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

FILE = Path(__file__).with_name("services.json")
NEED_CONSENT: Final = frozenset({"voluntary", "faith", "community-group"})
"""Kinds of partners with whom nothing of a person is shared unless the person agreed."""


@dataclass(frozen=True, slots=True)
class PartnerService:
    """One service. provider: the code of the partner that runs it, None where the service's own key stands for it.

    working_days: by when it answers, counted from the day after it was asked.   counts: for which figures it counts: "falls" for a
    service that supports people at risk of falling, "assistive-technology" for one that gives such items.
    """

    key: str
    name: str
    kind: str
    provider: str | None
    working_days: int
    counts: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """Whether the person must have agreed before anything is sent to it."""
        return self.kind in NEED_CONSENT

    @property
    def codes(self) -> frozenset[str]:
        """What a token or a consent calls it: its key, or its provider's code."""
        return frozenset({self.key, self.provider} - {None})  # type: ignore[arg-type]  # None is taken out


def services_that_count(what: str) -> list[str]:
    """The keys of the services that count for a figure."""
    return [one.key for one in partner_services().values() if what in one.counts]


@cache
def partner_services() -> Mapping[str, PartnerService]:
    """Every service by its key. Raises KeyError, TypeError or ValueError for an incomplete entry: a start-up failure."""
    document: dict[str, Any] = orjson.loads(FILE.read_bytes())
    return {
        row["key"]: PartnerService(**{**row, "counts": tuple(row.get("counts", ()))})
        for row in document["services"]
    }
