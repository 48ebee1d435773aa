"""How good a community's figures are: what is missing, in part, provisional or restated, and what is noted of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.trajectories.dashboard.rules import is_notice, month_words, months_words
from services.trajectories.measures.catalogue import Catalogue, Measure
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.figure import Status
from services.trajectories.performance.rules.series import Series

EXPECTED = frozenset({"community", "practice", "council"})
"""Who owes a figure each month; of everything else nothing is expected."""
_WARNS = frozenset({"data-quality", "definition"})
_TOLD = 10


@dataclass(frozen=True, slots=True)
class QualityLine:
    """A measure whose figures are expected each month. came, of: months with a figure, and how many there should be.

    behind: months between its newest figure and the page's month.   missing, partial, provisional, restated: which months, in words.
    """

    title: str
    key: str
    came: int
    of: int
    behind: int
    missing: str
    partial: str
    provisional: str
    restated: str

    @property
    def is_complete(self) -> bool:
        """Whether every month is there, whole."""
        return not self.missing and not self.partial


@dataclass(frozen=True, slots=True)
class Told:
    """A note: when, about which measure (empty for all), and what."""

    month: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of a community. silent: measures of which none came.   warnings: what is noted of the quality of figures.

    events: what else happened: programmes that began, changes, limits that were made anew.
    """

    lines: tuple[QualityLine, ...]
    silent: tuple[str, ...]
    warnings: tuple[Told, ...]
    events: tuple[Told, ...]


def quality_of(series: Sequence[Series], level: str, catalogue: Catalogue, *, noted: bool) -> Quality:
    """What is to be known of a community's series, all of the same months. noted: whether notes are the reader's to read."""
    lines = tuple(_line(one) for one in series if _is_expected(one.measure))
    known = {one.measure.key for one in series}
    # The line of a measure tells its restatements already.
    notes = [one for one in _newest_first(series) if one.automatic != "restatement"] if noted else []
    return Quality(
        lines=lines,
        silent=tuple(
            one.title
            for one in catalogue
            if _is_expected(one) and level in one.levels and one.status == "live" and one.key not in known
        ),
        warnings=tuple(_told(one, catalogue) for one in notes if one.kind in _WARNS)[:_TOLD],
        events=tuple(_told(one, catalogue) for one in notes if one.kind not in _WARNS)[:_TOLD],
    )


def _is_expected(measure: Measure) -> bool:
    return measure.derived is None and measure.supply in EXPECTED


def _line(series: Series) -> QualityLine:
    points = series.points
    valued = [at for at, point in enumerate(points) if point.value is not None or point.suppressed]
    newest = valued[-1] if valued else -1

    def which(status: Status, *, upto: int) -> str:
        return months_words(point.window.month for point in points[:upto] if point.status == status)

    return QualityLine(
        title=series.measure.title,
        key=series.measure.key,
        came=len(valued),
        of=len(points),
        behind=len(points) - 1 - newest,
        # What is yet to come is told by how far behind the newest is.
        missing=which("not-supplied", upto=newest),
        partial=which("partial", upto=len(points)),
        provisional=which("provisional", upto=len(points)),
        restated=months_words(
            sorted({note.month for note in series.annotations if note.automatic == "restatement"})
        ),
    )


def _newest_first(series: Iterable[Series]) -> list[Annotation]:
    found = {note.id: note for one in series for note in one.annotations if not is_notice(note)}
    return sorted(found.values(), key=lambda note: (note.month, note.id), reverse=True)


def _told(note: Annotation, catalogue: Catalogue) -> Told:
    measure = None if note.measure is None else catalogue.get(note.measure)
    return Told(month_words(note.month), "" if measure is None else measure.title, note.text)
