"""From a question to bytes: kept ones where there are any, else one read of the facts, one protected view, one rendering."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count

from services.trajectories.errors import BelowCommunity
from services.trajectories.measures.catalogue import Catalogue, Measure
from services.trajectories.performance.answers import Frame, make_answer
from services.trajectories.performance.kept import KeptAnswers, Rendered, ServedVersion, tag_of
from services.trajectories.performance.queries import Knowledge, cells_in_force
from services.trajectories.performance.questions import read_query, understand
from services.trajectories.performance.reach import codes_read, months_read
from services.trajectories.performance.renderings import MEDIA_TYPES, render
from services.trajectories.performance.rules.audience import Audience, Sight, audience_of
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Question
from shared.auth.caller import Caller
from shared.db.engine import Database
from shared.months import london_day, month_range
from shared.service.platform import ClockFunction, Platform, open_reader

_QUESTIONS_KEPT = 4096
# Above this many cells, or for a workbook, an answer is made beside the event loop: others are not kept waiting.
_MANY_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came: the query string, its names checked, and what else decides how it is read."""

    raw: bytes
    accept: str
    now: datetime


@dataclass(slots=True)
class Reporting:
    """What a process needs to answer questions, and what it keeps between them."""

    database: Database
    catalogue: Catalogue
    places: Geography
    policy: Policy
    kept: KeptAnswers
    version: ServedVersion
    clock: ClockFunction
    _spellings: dict[tuple[bytes, str, date], tuple[Question, int]] = field(default_factory=dict)
    _numbers: dict[Question, int] = field(default_factory=dict)
    _next_number: Iterator[int] = field(default_factory=count)

    async def answer(self, asked: Asked, caller: Caller) -> Rendered:
        """The bytes of an answer. Raises Invalid for a question that has none, BelowCommunity for one that is refused."""
        day = london_day(asked.now)
        question, number = self._understood(asked, day)
        audience = audience_of(
            caller.scopes, org=caller.org, communities=caller.communities, places=self.places
        )
        version = self.version.current
        # Which months are over is judged by the day, so the day belongs to what an answer depends on.
        key = (version, audience, None if question.as_at else day, number)
        found = self.kept.get(key) if version is not None else None
        if found is None:
            found = await self._make(question, audience, asked.now)
            if version is not None:
                self.kept.keep(key, found)
        return found

    def _understood(self, asked: Asked, day: date) -> tuple[Question, int]:
        """The question and its number: equal questions have one number, however they are spelt."""
        spelling = (asked.raw, asked.accept, day)
        known = self._spellings.get(spelling)
        if known is None:
            query = read_query(asked.raw)
            question = understand(
                query, catalogue=self.catalogue, places=self.places, now=asked.now, accept=asked.accept
            )
            if len(self._spellings) >= _QUESTIONS_KEPT:
                self._spellings.clear()
                self._numbers.clear()
            known = question, self._numbers.setdefault(question, next(self._next_number))
            self._spellings[spelling] = known
        return known

    async def _make(self, question: Question, audience: Audience, now: datetime) -> Rendered:
        frame = self._frame(question, audience, now)
        measures = tuple(found for key in question.measures if (found := self.catalogue.get(key)) is not None)
        knowledge = await cells_in_force(
            self.database,
            sorted({read for measure in measures for read in measure.read_measures}),
            codes_read(question, self.places),
            months=months_read(question),
            as_at=question.as_at,
            counted=[measure.key for measure in measures if measure.supply == "platform"],
        )
        if question.format == "xlsx" or len(knowledge.cells) > _MANY_CELLS:
            return await asyncio.to_thread(_rendered, question, measures, knowledge, frame)
        return _rendered(question, measures, knowledge, frame)

    def _frame(self, question: Question, audience: Audience, now: datetime) -> Frame:
        """The audience's frame; refuses places below a community that are not the caller's own."""
        sight = Sight(audience, self.places)
        months = month_range(*months_read(question))
        if not all(sight.may_ask(place, months) for place in question.places):
            raise BelowCommunity
        return Frame(places=self.places, policy=self.policy, exact=sight.exactly, now=now)


@asynccontextmanager
async def open_reporting(
    platform: Platform, *, catalogue: Catalogue, policy: Policy, kept_bytes: int
) -> AsyncIterator[Reporting]:
    """The reporting of one process, following the version of the facts until the block ends."""
    kept = KeptAnswers(kept_bytes)
    async with open_reader(platform) as database:
        # The version must come from where the cells are read: a replica may be behind.
        version = ServedVersion(database, kept.clear)
        following = asyncio.create_task(version.follow(), name="served-version")
        try:
            yield Reporting(
                database=database,
                catalogue=catalogue,
                places=Geography(platform.registry),
                policy=policy,
                kept=kept,
                version=version,
                clock=platform.clock,
            )
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


def _rendered(
    question: Question, measures: tuple[Measure, ...], knowledge: Knowledge, frame: Frame
) -> Rendered:
    body = render(make_answer(question, measures, knowledge, frame))
    headers = {
        "Content-Type": MEDIA_TYPES[question.format],
        "ETag": tag_of(body),
        "Cache-Control": "private",
        "Vary": "Authorization, Accept",
    }
    if question.format != "json":
        name = "-".join((question.measures[0], str(question.first), str(question.last)))
        headers["Content-Disposition"] = f'attachment; filename="{name}.{question.format}"'
    return Rendered(body, headers)
