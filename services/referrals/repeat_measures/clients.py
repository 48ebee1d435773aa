"""The measurements of people as outcomes knows them: when each was last taken, by pseudonym."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from pydantic import ValidationError

from services.referrals.repeat_measures.rules import Measured
from shared.measurement_status import STATUS_PATH, MeasurementStatuses
from shared.problems import Unavailable
from shared.service.sister import Sister
from shared.settings import PlatformSettings

Statuses = Mapping[str, Sequence[Measured]]
"""Pseudonym → the latest measurement with each instrument; nothing for who was never measured."""


class Measurements(Protocol):
    """Who knows when people were measured."""

    async def latest_of(self, pseudonyms: Sequence[str], instruments: Collection[str]) -> Statuses:
        """The latest measurements of at most MOST_PSEUDONYMS people. Raises Unavailable."""

    async def answers(self) -> bool:
        """Whether it could be asked now."""


class Outcomes:
    """The outcomes service as the one who knows."""

    def __init__(self, sister: Sister) -> None:
        self._sister = sister

    async def latest_of(self, pseudonyms: Sequence[str], instruments: Collection[str]) -> Statuses:
        """The latest measurements of at most MOST_PSEUDONYMS people. Raises Unavailable."""
        question = {"pseudonyms": list(pseudonyms), "instruments": sorted(instruments)}
        answer = await self._sister.ask(STATUS_PATH, question)
        try:
            told = MeasurementStatuses.model_validate_json(answer)
        except ValidationError:
            raise Unavailable("What outcomes says of measurements cannot be understood.") from None
        found: defaultdict[str, list[Measured]] = defaultdict(list)
        for one in told.items:
            if one.instrument in instruments:
                found[one.pseudonym].append(Measured(one.instrument, one.occasion == "first", one.taken_on))
        return found

    async def answers(self) -> bool:
        """Whether it could be asked now."""
        try:
            await self._sister.get("/health/ready")
        except Unavailable:
            return False
        return True


@asynccontextmanager
async def open_outcomes(settings: PlatformSettings) -> AsyncIterator[Outcomes]:
    """The outcomes service; its connections are let go of when the block ends."""
    sister = Sister(settings, "outcomes", of="referrals")
    try:
        yield Outcomes(sister)
    finally:
        await sister.close()
