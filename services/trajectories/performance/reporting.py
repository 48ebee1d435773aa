"""From a question to bytes: kept ones where there are any, else one read of the facts, one protected view, one rendering.

Every process asks for the version of the facts a few times a second, and never serves bytes of an older one. When it has
not heard the version for two seconds (the database is away, the process was stopped) it serves nothing that it kept.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import compress, count
from typing import Any, NamedTuple, TypeVar

from services.trajectories.errors import BelowCommunity
from services.trajectories.measures.catalogue import SOURCE, Catalogue, Measure
from services.trajectories.performance.answers import Answer, Frame, Trajectories, make_answer
from services.trajectories.performance.aside import MANY, aside
from services.trajectories.performance.beside import Beside
from services.trajectories.performance.keeping import KeptAnswers, Rendered, ServedVersion, rendered_of
from services.trajectories.performance.notes import notes_on
from services.trajectories.performance.parquet import MODULE as PARQUET_CHILD
from services.trajectories.performance.published import NO_CUT, Cut, cut_of, is_published
from services.trajectories.performance.queries import Knowledge, cells_in_force
from services.trajectories.performance.questions import read_query, understand
from services.trajectories.performance.renderings import MEDIA_TYPES, render
from services.trajectories.performance.rules.audience import Audience, Sight, audience_of
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Question, Window, a_year_before
from shared.auth.caller import Caller
from shared.db.engine import Database
from shared.facts.fairness import FAIRNESS
from shared.months import Month, london_day, month_range
from shared.problems import Invalid
from shared.registry.selection import Selection
from shared.service.makers import Maker
from shared.service.platform import ClockFunction, Platform, open_reader

_QUESTIONS_KEPT = 4096
# Above so much work or so many cells, and for a workbook, a thread makes the answer: more than some milliseconds is too
# long for the event loop, which has others to answer.
_MUCH_WORK = 1_000
_AT_ONCE = 2
# To read and throw away this many cells for each that is asked for is still quicker than to look for every one.
_A_GOOD_PART = 8
_REGISTERED = "registered"

WorkT = TypeVar("WorkT")


class Given(NamedTuple):
    """All that an answer is made of, once it was read."""

    measures: tuple[Measure, ...]
    knowledge: Knowledge
    frame: Frame


class _Shown(NamedTuple):
    """An answer in its format. body: of Parquet what its writer is told.   name: of a file.   exported: as of `Rendered`."""

    body: bytes | dict[str, Any]
    name: str | None
    exported: Mapping[str, object] | None


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
    beside: Beside
    maker: Maker
    _spellings: dict[tuple[bytes, str, date], tuple[Question, int]] = field(default_factory=dict)
    _numbers: dict[Question, int] = field(default_factory=dict)
    _next_number: Iterator[int] = field(default_factory=count)
    _threads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def answer(self, caller: Caller, query: bytes, accept: str) -> Rendered:
        """The bytes of an answer. Raises Invalid for a question that has none, BelowCommunity for one that is refused.

        query: the query string, whose names the guard has checked.   accept: the header.
        """
        now = self.clock()
        day = london_day(now)
        question, number = self._spellings.get((query, accept, day)) or self._understood(query, accept, now)
        audience = audience_of(
            caller.scopes, org=caller.org, communities=caller.communities, places=self.places
        )
        version = self.version.current
        # Which months are over is judged by the day, so the day belongs to what an answer depends on.
        key = (version, audience, None if question.as_at else day, number)
        found = self.kept.get(key) if version is not None else None
        if found is None:
            found = await self._make(question, audience, now)
            if version is not None:
                self.kept.keep(key, found)
        return found

    def _understood(self, query: bytes, accept: str, now: datetime) -> tuple[Question, int]:
        """The question and its number, kept under its spelling: equal questions have one number in every spelling."""
        question = understand(
            read_query(query), catalogue=self.catalogue, places=self.places, now=now, accept=accept
        )
        if len(self._spellings) >= _QUESTIONS_KEPT:
            self._spellings.clear()
            self._numbers.clear()
        known = question, self._numbers.setdefault(question, next(self._next_number))
        self._spellings[query, accept, london_day(now)] = known
        return known

    async def _make(self, question: Question, audience: Audience, now: datetime) -> Rendered:
        """The bytes of an answer anew."""
        given = await self._given(question, Sight(audience, self.places), now)
        shown = await self._worked_out(question, given, _shown, at_once=question.format != "xlsx")
        body = (
            shown.body if isinstance(shown.body, bytes) else await self.maker.make(PARQUET_CHILD, shown.body)
        )
        return rendered_of(body, MEDIA_TYPES[question.format], name=shown.name, exported=shown.exported)

    async def kept_or_made(
        self, asked: Hashable, sight: Sight, now: datetime, make: Callable[[], Awaitable[Rendered]]
    ) -> Rendered:
        """What is made of views: kept like answers, until anything becomes known or the day is over.

        asked: all that decides it beside the audience.
        """
        version = self.version.current
        key = (version, sight.audience, london_day(now), asked)
        found = self.kept.get(key) if version is not None else None
        if found is None:
            found = await make()
            if version is not None:
                self.kept.keep(key, found)
        return found

    async def view(self, question: Question, sight: Sight, now: datetime) -> Answer:
        """The answer itself, for whoever makes something else of it than a report.

        Raises BelowCommunity for places that are not the audience's to ask for, Invalid for what is not published.
        """
        return await self._worked_out(question, await self._given(question, sight, now), make_answer)

    async def _worked_out(
        self,
        question: Question,
        given: Given,
        work: Callable[[Question, tuple[Measure, ...], Knowledge, Frame], WorkT],
        *,
        at_once: bool = True,
    ) -> WorkT:
        """What is made of all that was read; a thread does it where it takes long."""
        measures, knowledge, frame = given
        known = knowledge.size + len(frame.cut.cells)
        if at_once and question.work(measures) <= _MUCH_WORK and known <= MANY:
            return work(question, measures, knowledge, frame)
        # A few at a time: threads that share one interpreter make nothing sooner by being more.
        async with self._threads:
            return await asyncio.to_thread(work, question, measures, knowledge, frame)

    async def _given(self, question: Question, sight: Sight, now: datetime) -> Given:
        """All that an answer is made of. Refuses places below a community that are not the caller's own, and what is not published."""
        months = month_range(*question.months_read)
        looked_at = 0 if sight.of_everything else len(question.places) * len(months)
        anything, everything, own = await aside(looked_at, self._own, question, sight, months)
        if not anything:
            check_published(question)
        measures = tuple(found for key in question.measures if (found := self.catalogue.get(key)) is not None)
        cut = NO_CUT if everything else await self._cut(question, measures)
        frame = Frame(
            places=self.places,
            policy=self.policy,
            exact=sight.exactly,
            everything=everything,
            now=now,
            cut=cut,
        )
        if dividing := self._dividing(question):
            frame = replace(frame, registered=dividing[0])
        beside = self._with_beside(question, measures, frame, sight)
        if not anything:
            return Given(measures, Knowledge([], dict(cut.begun), None, []), await beside)
        # At once, for each is short and none needs another.
        knowledge, frame = await asyncio.gather(self._known(question, measures, own), beside)
        return Given(measures, knowledge, frame)

    async def _with_beside(
        self, question: Question, measures: tuple[Measure, ...], frame: Frame, sight: Sight
    ) -> Frame:
        """The frame with what stands beside the figures, as far as it was asked for."""
        reads: dict[str, Awaitable[Any]] = {}
        if question.with_trajectory:
            reads["trajectories"] = self._trajectories(question, measures, frame)
        if question.with_target and question.breakdown is None and question.per is None:
            reads["targets"] = self.beside.targets(
                self.database,
                measures,
                question.places_read(self.places),
                question.windows,
                sees=frame.sees,
                as_at=question.as_at,
            )
        if question.with_annotations or question.with_chart:
            reads["annotations"] = self.beside.annotations(
                self.database, question, self.places, exact=frame.exact
            )
        if question.revised_since is not None:
            reads["before"] = self.view(question.before(), sight, frame.now)
        found = dict(zip(reads, await asyncio.gather(*reads.values()), strict=True))
        if "annotations" in found:
            found["annotations"] = tuple(found["annotations"])
        return replace(frame, **found)

    def _own(
        self, question: Question, sight: Sight, months: Sequence[Month]
    ) -> tuple[bool, bool, frozenset[tuple[str, Month]] | None]:
        """Whether anything and whether everything is exact, and the codes and months of which that is true, None for all.

        Raises BelowCommunity for places that are not the audience's to ask for.
        """
        if not all(sight.may_ask(place, months) for place in question.places):
            raise BelowCommunity
        places = question.places_read(self.places)
        if sight.of_everything and places:
            return True, True, None
        asked = [(place, month) for place in places for month in months]
        exact = [sight.exactly(place, month) for place, month in asked]
        if all(exact):
            return bool(exact), True, None
        seen = compress(asked, exact)
        codes = frozenset((code, month) for place, month in seen for code in self.places.codes(place, month))
        return any(exact), False, codes

    async def _known(
        self,
        question: Question,
        measures: tuple[Measure, ...],
        within: frozenset[tuple[str, Month]] | None,
    ) -> Knowledge:
        """The facts of the answer. within: the codes and months of which the caller may know anything."""
        read = (*measures, *self._dividing(question))
        codes = question.codes_read(self.places)
        return await cells_in_force(
            self.database,
            sorted({key for measure in read for key in measure.read_measures}),
            codes,
            months=question.months_read,
            as_at=question.as_at,
            counted=[measure.key for measure in measures if measure.supply == "platform"],
            headlines=None if question.breakdown == SOURCE else _headlines(read),
            without=_not_needed(question, read),
            within=within,
            many=len(codes) * _A_GOOD_PART >= len(self.places.registry.file.practices),
        )

    async def _trajectories(
        self, question: Question, measures: tuple[Measure, ...], frame: Frame
    ) -> Trajectories:
        """The trajectory of every measure, place and window of the question that has one and shows it."""
        found: dict[tuple[str, Selection, Window], int] = {}
        for measure in measures:
            of_measure = await self.beside.trajectories(
                self.database,
                measure,
                question.places_read(self.places),
                question.windows,
                places=self.places,
                sees=frame.sees,
                policy=self.policy,
                as_at=question.as_at,
            )
            found |= {(measure.key, *at): value for at, value in of_measure.items()}
        return found

    def _dividing(self, question: Question) -> tuple[Measure, ...]:
        """The measure of list sizes, where the answer is per registered people."""
        registered = self.catalogue.get(_REGISTERED) if question.per == "1000-registered" else None
        return () if registered is None else (registered,)

    async def _cut(self, question: Question, measures: tuple[Measure, ...]) -> Cut:
        """What was published at or before the instant of the question."""
        spans = question.windows
        if question.with_previous_year:
            spans = (*spans, *(a_year_before(window) for window in spans))
        starts = [window.month for window in spans]
        return await cut_of(
            self.database,
            {measure.key: measure for measure in (*measures, *self._dividing(question))},
            [place.token for place in question.places_read(self.places)],
            grain=question.grain,
            months=(min(starts), max(starts)),
            dimension=question.breakdown,
            as_at=question.as_at,
        )


def check_published(question: Question) -> None:
    """Refuse what no cut holds. Raises Invalid that says what there is."""
    if not is_published(question.grain, None):
        detail = "Rolling windows are not published: ask by month, quarter or year."
        raise Invalid.one("query.group_by", "/grain", detail)
    if question.breakdown is not None and not is_published(question.grain, question.breakdown):
        detail = "Breakdowns are published by quarter and year: add grain=quarter or grain=year."
        raise Invalid.one("query.group_by", "/grain", detail)


def _not_needed(question: Question, measures: tuple[Measure, ...]) -> list[str]:
    """The breakdowns of people that make neither a total of an answer nor its lines: most cells of such measures."""
    needed = {question.breakdown}.union(*(one.total_breakdowns for one in _read(measures)))
    return [name for name in FAIRNESS if name not in needed]


def _read(measures: tuple[Measure, ...]) -> list[Measure]:
    """The measures and all that they are made of."""
    return [one for measure in measures for one in (measure, *measure.reads, measure.counted) if one]


def _headlines(measures: tuple[Measure, ...]) -> dict[str, Measure]:
    """All that the measures are made of and that several sources count, by key."""
    return {one.key: one for one in _read(measures) if one.headline_source is not None}


def _file_name(question: Question) -> str:
    """What is asked, as a file is called: the measure, the place where it is one, the breakdown, the months."""
    place = question.places[0].token.replace(":", "-").lower() if len(question.places) == 1 else None
    breakdown = None if question.breakdown is None else f"by-{question.breakdown.replace('_', '-')}"
    told = (question.measures[0], place, breakdown, str(question.first), str(question.last))
    return "-".join(one for one in told if one is not None)


def _shown(question: Question, measures: tuple[Measure, ...], knowledge: Knowledge, frame: Frame) -> _Shown:
    answer = make_answer(question, measures, knowledge, frame)
    body = render(answer, notes_on(answer, frame.places), frame.places.name_of)
    name = None
    if question.format != "json":
        name = f"{_file_name(question)}.{question.format}"
    return _Shown(body, name, exact_told(answer))


def exact_told(answer: Answer) -> Mapping[str, object] | None:
    """What was asked and how much of the answer is exact, where any of it is."""
    question = answer.question
    points = [point for one in answer.series for point in one.points]
    exact = sum(point.exact for point in points)
    if not exact:
        return None
    return {
        "measures": list(question.measures),
        "places": [place.token for place in question.places],
        "from": str(question.first),
        "to": str(question.last),
        "grain": question.grain,
        "breakdown": question.breakdown,
        "format": question.format,
        "as_at": None if question.as_at is None else question.as_at.isoformat(),
        "figures": len(points),
        "exact": exact,
    }


@asynccontextmanager
async def open_reporting(
    platform: Platform,
    *,
    catalogue: Catalogue,
    policy: Policy,
    kept_bytes: int,
    beside: Beside,
    makers: int,
) -> AsyncIterator[Reporting]:
    """The reporting of one process. It follows the version of the facts until the block ends."""
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
                beside=beside,
                maker=Maker(asyncio.Semaphore(makers)),
            )
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
