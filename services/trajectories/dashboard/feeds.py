"""What arrived, what is missing, and what was wrong with it: the page of feeds."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.trajectories.activity.queries import submissions_listed
from services.trajectories.activity.schemas import ActivitySubmissionAnswer, answer_to
from services.trajectories.dashboard.glance import newest_of
from services.trajectories.dashboard.quality import EXPECTED
from services.trajectories.dashboard.queries import Arrival, arrivals, notice_since
from services.trajectories.dashboard.rules import instant_words, month_words
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.current import sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.series import Series
from shared.months import Month, month_range
from shared.service.acting import Act

_FILES = 20
_MONTHS = 3
_BACK = 36


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """What one source last brought of one measure."""

    title: str
    key: str
    source: str
    newest: str
    arrived: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Which communities' figures of a month did not come, or only in part. of: how many there are.

    hidden: whether who asks may not know, for nothing was published yet.
    """

    month: str
    of: int
    absent: tuple[str, ...]
    partial: tuple[str, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A measure whose figures are expected each month, with its latest months."""

    title: str
    key: str
    months: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of activity, and what became of it. measures, months: in words."""

    received: str
    measures: str
    months: str
    answer: ActivitySubmissionAnswer


@dataclass(frozen=True, slots=True)
class FeedsPage:
    """The page. months: the columns of what is missing."""

    arrivals: tuple[ArrivalLine, ...]
    months: tuple[str, ...]
    missing: tuple[MissingLine, ...]
    files: tuple[FileLine, ...]
    notice: str | None


async def feeds_page(act: Act, reporting: Reporting) -> FeedsPage:
    """What the page shows to a caller. It has no figures."""
    until = Month.of(act.now)
    newest = await newest_of(reporting, sight_of(act.caller, reporting.places), until) or until
    span = month_range(newest - (_MONTHS - 1), newest)
    arrived = await arrivals(reporting.database, since=newest - _BACK)
    keys = {one.measure for one in arrived}
    expected = [
        measure
        for measure in reporting.catalogue
        if measure.derived is None and measure.supply in EXPECTED and measure.key in keys
    ]
    rows = await submissions_listed(
        act.session,
        measure=None,
        status=None,
        sender=None if act.caller.all_communities else (act.caller.client, act.caller.org),
        before=None,
        limit=_FILES,
    )
    return FeedsPage(
        arrivals=tuple(_arrivals(arrived, reporting)),
        months=tuple(month_words(month) for month in span),
        missing=tuple(await _missing(act, reporting, expected, span)),
        files=tuple(
            _file(instant_words(row.received_at), answer_to(row, act.caller), reporting) for row in rows
        ),
        notice=await notice_since(reporting.database, newest - _BACK),
    )


def _file(received: str, answer: ActivitySubmissionAnswer, reporting: Reporting) -> FileLine:
    keys = answer.measures or [answer.measure]
    titles = [key if (one := reporting.catalogue.get(key)) is None else one.title for key in keys]
    ends = [] if answer.period is None else [Month.parse(one) for one in answer.period.split("/")]
    return FileLine(received, ", ".join(titles), " to ".join(map(month_words, dict.fromkeys(ends))), answer)


def _arrivals(found: list[Arrival], reporting: Reporting) -> Iterator[ArrivalLine]:
    for one in found:
        measure = reporting.catalogue.get(one.measure)
        if measure is not None:
            yield ArrivalLine(
                measure.title,
                measure.key,
                measure.source_named(one.source),
                month_words(one.newest),
                instant_words(one.arrived),
            )


async def _missing(
    act: Act, reporting: Reporting, measures: list[Measure], span: list[Month]
) -> list[MissingLine]:
    if not measures:
        return []
    places = reporting.places.of_level("icc", span)
    question = Question(tuple(one.key for one in measures), places, span[0], span[-1])
    answer = await reporting.view(question, sight_of(act.caller, reporting.places), act.now)
    return [
        MissingLine(
            measure.title,
            measure.key,
            tuple(
                _month(at, month, [one for one in answer.series if one.measure.key == measure.key], reporting)
                for at, month in enumerate(span)
            ),
        )
        for measure in measures
    ]


def _month(at: int, month: Month, series: list[Series], reporting: Reporting) -> Missing:
    names = {one.place: reporting.places.name_of(one.place) for one in series}
    # What is protected from who asks may have come all the same.
    known = {one.place: one.points[at].status_told for one in series}
    return Missing(
        month_words(month),
        len(series),
        tuple(names[place] for place, said in known.items() if said == "not-supplied"),
        tuple(names[place] for place, said in known.items() if said == "partial"),
        "protected" in known.values(),
    )
