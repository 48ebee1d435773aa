"""The shape of an answer, for the OpenAPI document. The renderings write it without these classes, to be quick."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.trajectories.measures.catalogue import Direction
from services.trajectories.performance.rules.beside import AnnotationKind
from services.trajectories.performance.rules.figure import Status
from services.trajectories.spc.rare import ChartKind
from services.trajectories.spc.rules import Assurance, PointType, Rule
from shared.months import Month


class _ShownAnswer(BaseModel):
    value: float | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status


class PreviousPointAnswer(_ShownAnswer):
    """The same window a year earlier, named as a point is."""

    month: Month
    period: str


class RevisedAnswer(BaseModel):
    """What a point was that has moved since."""

    was: float | None


class PointAnswer(_ShownAnswer):
    """One point. `period` names the month, quarter or year, `month` is its first month; of a rolling twelve both are the last.

    A period that the range cuts short keeps both, is the sum of the months asked for, and is partial.
    """

    month: Month
    period: str
    trajectory: int | None
    target: float | None
    revised: RevisedAnswer | None = None
    previous: PreviousPointAnswer | None = None


class FlagAnswer(BaseModel):
    """What one point of a chart says; both null where the point has no value."""

    type: PointType | None
    rule: Rule | None


class LimitsAnswer(BaseModel):
    """Mean and limits of a chart. `trial_limits`: made from fewer than 13 points."""

    mean: float
    lower: float | None
    upper: float | None
    baseline_months: int
    trial_limits: bool


class ChartGroupAnswer(LimitsAnswer):
    """The limits from `month` on, until the next rebase."""

    month: Month


class GapAnswer(BaseModel):
    """The month of an event, and how many months it came after the one before."""

    month: Month
    months: int


class BetweenAnswer(BaseModel):
    """The months between events that have a month each, with centre and limits in months."""

    points: list[GapAnswer]
    centre: float
    lower: float
    upper: float


class ChartAnswer(LimitsAnswer):
    """A chart of the values shown, with the settings that draw it again; mean and limits are those of the last point.

    `groups`: where it was rebased, the limits from each rebase on. `assurance`: of the last point that has a target.
    `median`: of a run chart, where counts are under five a month in the mean. `between`: of a t chart.
    """

    profile: str
    groups: list[ChartGroupAnswer] | None = None
    median: float | None = None
    between: BetweenAnswer | None = None
    points: list[FlagAnswer]
    variation: str
    assurance: Assurance | None
    settings: dict[str, Any]


class NoteAnswer(BaseModel):
    """A note beside a series. `automatic`: what made it where nobody wrote it, a move or a restatement."""

    id: UUID
    measure: str | None
    community: str | None
    month: Month
    kind: AnnotationKind
    text: str
    link: str | None
    author: str
    automatic: str | None
    made_at: datetime | None


class SeriesAnswer(BaseModel):
    """One place, and one value of the breakdown when one was asked for. `measure` when several were asked for."""

    measure: str | None = None
    community: str
    breakdown: dict[str, str] | None
    points: list[PointAnswer]
    spc: ChartAnswer | None
    chart_kind: ChartKind | None
    annotations: list[NoteAnswer] | None = None


class MeasureHeadAnswer(BaseModel):
    """What the values are. `scale` where a value is its numerator divided by it."""

    key: str
    title: str
    unit: str
    direction: Direction
    scale: int | None = None


class ProtectionAnswer(BaseModel):
    """The policy that small numbers are hidden by, and the publication that they are from; absent from exact answers.

    `publication` and `published_at` are null before the first one.
    """

    policy: str
    threshold: int
    base: int
    publication: UUID | None
    published_at: datetime | None


class PerformanceAnswer(BaseModel):
    """The answer. `as_at` is the newest knowledge it is made of, so equal answers have equal bytes."""

    measure: MeasureHeadAnswer | None = None
    measures: list[MeasureHeadAnswer] | None = None
    as_at: str | None
    series: list[SeriesAnswer]
    protection: ProtectionAnswer | None
    provenance: list[dict[str, Any]]
    notes: list[str]
    next: str | None
