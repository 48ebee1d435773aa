"""What is asked, once it is understood."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.periods import Grain
from shared.months import Month
from shared.registry.selection import Selection

Per: TypeAlias = Literal["1000-registered", "day"]
Format: TypeAlias = Literal["json", "csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the report. Equal questions of one audience get equal answers, so it is the key they are kept by.

    measures: keys.   first, last: the range, both included.   breakdown: a dimension, for one series a value.
    without: what was to be included and is not served yet.   as_at: None for what is known now.   baseline_points: of the chart; None for all points.
    """

    measures: tuple[str, ...]
    places: tuple[Selection, ...]
    first: Month
    last: Month
    grain: Grain = "month"
    breakdown: str | None = None
    per: Per | None = None
    with_previous_year: bool = False
    with_whole: bool = False
    with_chart: bool = False
    without: tuple[str, ...] = ()
    profile: str = "ptd"
    baseline_points: int | None = None
    as_at: datetime | None = None
    format: Format = "json"


def unit_of(measure: Measure, per: Per | None) -> str:
    """The unit of a measure's values in an answer."""
    match per:
        case None:
            return measure.unit
        case "1000-registered":
            return f"{measure.unit} per 1,000 registered"
        case "day":
            return f"{measure.unit} a day"
