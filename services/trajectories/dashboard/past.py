"""The past of a figure as a page tells it: every value that it had, from when until when."""

from dataclasses import dataclass
from datetime import datetime

from services.trajectories.dashboard.glance import areas, newest_of
from services.trajectories.dashboard.queries import notice_since
from services.trajectories.dashboard.rules import Shown, instant_words, month_words, number_words
from services.trajectories.dashboard.schemas import RevisionsQuery
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.current import measure_named, month_asked, sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.revisions.readings import revisions
from services.trajectories.revisions.schemas import RevisionItem
from shared.months import Month, month_range
from shared.service.acting import Act

MONTHS_OFFERED = 36


@dataclass(frozen=True, slots=True)
class PastLine:
    """One value with its time. brought: the submissions that it came with."""

    shown: Shown
    value: str
    status: str
    begins: str
    ends: str
    change: str
    brought: str


@dataclass(frozen=True, slots=True)
class PastPage:
    """The page. lines: None where no figure was chosen yet, the newest value first.   about: the chosen figure in words."""

    query: RevisionsQuery
    about: str | None
    href: str | None
    lines: tuple[PastLine, ...] | None
    measures: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    months: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    published: bool
    notice: str | None


async def past_page(act: Act, query: RevisionsQuery, reporting: Reporting) -> PastPage:
    """What the page shows to a caller. Raises what the past of a figure raises."""
    places, until = reporting.places, Month.of(act.now)
    newest = await newest_of(reporting, sight_of(act.caller, places), until) or until
    span = month_range(newest - (MONTHS_OFFERED - 1), newest)
    communities = [(one.token, places.name_of(one)) for one in places.of_level("icc", span)]
    about = href = lines = None
    notes: tuple[str, ...] = ()
    published = False
    if query.measure and query.community and query.month:
        measure, month = measure_named(reporting, query.measure), month_asked("month", query.month)
        answer = await revisions(act, reporting, measure=measure.key, community=query.community, month=month)
        name = places.name_of(places.registry.resolve(query.community))
        about = f"{measure.title}, {name}, {month_words(month)}"
        href = f"/measures/{measure.key}?community={answer.community}&reference={month}"
        lines = tuple(_line(one, measure, act.now) for one in answer.items[::-1])
        notes, published = tuple(answer.notes), answer.protection is not None
    return PastPage(
        query=query,
        about=about,
        href=href,
        lines=lines,
        measures=tuple((one.key, one.title) for one in reporting.catalogue),
        places=(*areas(reporting, newest), *communities),
        months=tuple((str(month), month_words(month)) for month in span[::-1]),
        notes=notes,
        published=published,
        notice=await notice_since(reporting.database, span[0]),
    )


def _line(item: RevisionItem, measure: Measure, now: datetime) -> PastLine:
    brought = [item.submission] if item.submission else item.submissions or []
    change = ""
    if item.change is not None:
        sign = "+" if item.change > 0 else "−"
        change = f"{sign}{number_words(abs(item.change), measure)}" if item.change else "none"
    return PastLine(
        shown="hidden" if item.suppressed else "missing" if item.value is None else "value",
        value=number_words(item.value, measure),
        status="withdrawn",
        begins=instant_words(item.from_),
        ends="now" if item.to is None or item.to > now else instant_words(item.to),
        change=change,
        brought=", ".join(brought),
    )
