"""How figures and what charts say of them are put into words and small pictures. Pure; nothing is worked out anew."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Literal

from services.trajectories.charts.rules import ASSURANCES, VARIATIONS
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.series import Point, Series
from shared.months import LONDON, MONTH_NAMES, Month

HEADLINES: Final = (
    "non-elective-admissions",
    "falls-admissions-65",
    "referrals-received",
    "triage-within-standard",
    "reablement-assessments",
    "reablement-plan-rate",
    "care-plan-coverage",
    "urgent-response-2h-rate",
    "worklist-overdue",
    "avoided-activity",
)
"""What the first page shows of what has figures, in this order, as many as stand beside each other."""
MOST_COLUMNS: Final = 6

RULES: Final = (
    ("ptd", "NHS England, plot the dots"),
    ("mdc-excel-7", "Making data count, runs of 7"),
    ("mdc-excel-6", "Making data count, runs of 6"),
    ("uhmb", "Morecambe Bay hospitals"),
)
"""By which rules a chart says what is unusual, in words."""
NOTE_KINDS: Final[Mapping[str, str]] = {
    "rebase": "limits made anew",
    "definition": "definition",
    "data-quality": "data quality",
    "event": "event",
    "change": "change",
}

Tone = Literal["concern", "improvement", "neutral", "common", "none"]
Shown = Literal["value", "hidden", "missing"]

_WIDTH, _HEIGHT, _EDGE = 132, 32, 4
_DASH = 1.5
_YEAR = 12
_MANY = 20
"""From how many on a per cent of a count says something."""


def month_words(month: Month, *, short: bool = False) -> str:
    """A month as people write it: `March 2020`, or `Mar 2020`."""
    name = MONTH_NAMES[month.month - 1]
    return f"{name[:3] if short else name} {month.year}"


def months_words(months: Iterable[Month]) -> str:
    """Months in their order as people write them, runs as one: `Jan 2020, Mar to May 2020`."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(_run_words(run[0], run[-1]) for run in runs)


def _run_words(first: Month, last: Month) -> str:
    if first == last:
        return month_words(first, short=True)
    name = month_words(first, short=True)
    return f"{name[:3] if first.year == last.year else name} to {month_words(last, short=True)}"


def instant_words(instant: datetime) -> str:
    """An instant as a clock in England shows it: `9 April 2020, 11:00`."""
    local = instant.astimezone(LONDON)
    return f"{local.day} {MONTH_NAMES[local.month - 1]} {local.year}, {local:%H:%M}"


def number_words(value: float | None, measure: Measure) -> str:
    """A value as people read it: a proportion in per cent, thousands apart, at most one decimal or, of small ones, two."""
    if value is None:
        return ""
    shown = value * 100 if measure.kind == "proportion" else value
    decimals = 0 if shown == int(shown) else 1 if abs(shown) >= 1 else 2
    text = f"{shown:,.{decimals}f}"
    return f"{text}%" if measure.kind == "proportion" else text


def part_words(part: tuple[str, str] | None) -> str:
    """A value of a breakdown as people read it: `Not recorded`, `75 to 84`."""
    value = "" if part is None else part[1]
    if re.fullmatch(r"\d+-\d+", value):
        return value.replace("-", " to ")
    return value.replace("-", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a chart says of its last point. tone: which sign stands beside the words."""

    tone: Tone
    words: str
    high: bool


def mark_of(variation: str | None, *, settled: bool = True, hidden: bool = False) -> Mark:
    """The mark of a variation; of no chart one that says why there is none.

    settled: whether enough months make the limits.   hidden: whether a figure of the months is not shown.
    """
    if variation is None and hidden:
        return Mark("none", "Not judged: a month is hidden", high=False)
    if variation is None:
        return Mark("none", "Too few months to judge", high=False)
    if variation == "common-cause" and not settled:
        return Mark("none", "Nothing unusual, of few months", high=False)
    kind, _, side = variation.partition("-")
    tone: Tone = "common"
    for known in ("concern", "improvement", "neutral"):
        if kind == known:
            tone = known
    return Mark(tone, VARIATIONS.get(variation, variation), high=side == "high")


KEY: Final = tuple(
    mark_of(one) for one in ("concern-high", "improvement-low", "neutral-high", "common-cause", None)
)
"""One mark of each kind, for the explanation of them all."""


def shown_of(item: Mapping[str, Any]) -> Shown:
    """Whether a figure is there, is there and hidden, or did not come."""
    if item["suppressed"]:
        return "hidden"
    return "missing" if item["value"] is None else "value"


def trajectory_words(item: Mapping[str, Any], measure: Measure) -> str | None:
    """How far a figure is from its trajectory, where it has one."""
    value, meant = item["value"], item["trajectory"]
    if meant is None:
        return None
    meant_words = number_words(meant, measure)
    if value is None or value == meant:
        return f"Trajectory {meant_words}" if value is None else f"On its trajectory of {meant_words}"
    side = "above" if value > meant else "below"
    share = f" ({percent_words((value - meant) / meant)})" if meant > 0 else ""
    return f"{number_words(abs(value - meant), measure)} {side} its trajectory of {meant_words}{share}"


def percent_words(part: float) -> str:
    """A part of something as a whole per cent with its sign: `+11%`, `−3%`; of less than half a one `under 1%`."""
    percent = round(abs(part) * 100)
    if not percent:
        return "under 1%"
    return f"{'+' if part > 0 else '−'}{percent}%"


def change_words(value: float, before: float, measure: Measure) -> str:
    """How far a figure is from an earlier one: `12 more (+11%)`. Of shares in points, of few without a per cent: both would mislead."""
    if value == before:
        return "the same"
    more = "more" if value > before else "fewer" if measure.kind == "count" else "less"
    gap = number_words(abs(value - before), measure)
    if measure.kind == "proportion":
        return f"{gap.rstrip('%')} points {more}"
    if measure.kind != "count" or before < _MANY:
        return f"{gap} {more}"
    return f"{gap} {more} ({percent_words((value - before) / before)})"


def behind_by(item: Mapping[str, Any], measure: Measure) -> float:
    """How far a figure lies on the worse side of its trajectory, as a part of that; 0 where it does not."""
    value, meant = item["value"], item["trajectory"]
    if value is None or meant is None or measure.direction == "neutral":
        return 0.0
    worse = value - meant if measure.direction == "decrease" else meant - value
    return max(float(worse) / max(float(meant), 1.0), 0.0)


def year_words(series: Series, month: Month) -> str | None:
    """How far the twelve months up to one are from their trajectories, of the figures as they are shown: `112 below over 12 months`.

    None where one of them has no figure that is shown, or no trajectory.
    """
    points = [point for point in series.points if point.window.month <= month][-_YEAR:]
    both = [
        (point.value, point.trajectory)
        for point in points
        if point.value is not None and point.trajectory is not None
    ]
    if len(both) < _YEAR:
        return None
    gap = sum(value - meant for value, meant in both)
    if not gap:
        return "over 12 months as meant"
    side = "above" if gap > 0 else "below"
    return f"over 12 months {number_words(float(abs(gap)), series.measure)} {side}"


def is_notice(note: Annotation) -> bool:
    """Whether a note is about all figures, whatever the measure and place."""
    return note.kind == "data-quality" and note.measure is None and note.community is None


def notice_in(series: Iterable[Series]) -> str | None:
    """What whoever looks after the figures says of all of them, whatever the measure and place; the newest such note."""
    said = {note.id: note for one in series for note in one.annotations if is_notice(note)}
    newest = max(said.values(), key=lambda note: (note.month, note.id), default=None)
    return None if newest is None else newest.text


def target_words(item: Mapping[str, Any], measure: Measure) -> str | None:
    """What a figure's target is, and whether its chart lets expect that it is met."""
    if item["target"] is None:
        return None
    said = ASSURANCES.get(item["assurance"] or "")
    return f"Target {number_words(item['target'], measure)}" + (f": {said}" if said else "")


@dataclass(frozen=True, slots=True)
class Spark:
    """A series as a line of a few centimetres: paths in a box, the mean with its limits, the last point.

    lines: one for each run of months with a figure, a dash for one that stands alone.   band: top and height of the limits.
    last: None where the newest month is hidden, which an older point must not stand for.
    """

    width: int
    height: int
    lines: tuple[str, ...]
    mean: float | None
    band: tuple[float, float] | None
    last: tuple[float, float] | None


def spark_of(series: Series) -> Spark | None:
    """The small picture of a series, None where it has fewer than two figures."""
    points = series.points
    values = [point.value for point in points if point.value is not None]
    if len(values) < 2:  # noqa: PLR2004 -- a line has two ends
        return None
    limits = None if series.chart is None else series.chart.limits
    bounds = [] if limits is None else [one for one in (limits.lower, limits.upper) if one is not None]
    low, high = min(*values, *bounds), max(*values, *bounds)

    def across(index: int) -> float:
        return round(_EDGE + index * (_WIDTH - 2 * _EDGE) / max(len(points) - 1, 1), 1)

    def down(value: Fraction) -> float:
        part = Fraction(1, 2) if high == low else (high - value) / (high - low)
        return round(_EDGE + float(part) * (_HEIGHT - 2 * _EDGE), 1)

    last = max(index for index, point in enumerate(points) if point.value is not None)
    ends = points[last].value
    band = None
    if limits is not None and limits.lower is not None and limits.upper is not None:
        band = (down(limits.upper), round(down(limits.lower) - down(limits.upper), 1))
    return Spark(
        width=_WIDTH,
        height=_HEIGHT,
        lines=tuple(_drawn([(across(index), down(value)) for index, value in run]) for run in _runs(points)),
        mean=None if limits is None else down(limits.mean),
        band=band,
        last=None if ends is None or points[-1].suppressed else (across(last), down(ends)),
    )


def _drawn(run: Sequence[tuple[float, float]]) -> str:
    """The corners of a run's line."""
    if len(run) == 1:
        ((at, height),) = run
        run = [(round(at - _DASH, 1), height), (round(at + _DASH, 1), height)]
    return " ".join(f"{at},{height}" for at, height in run)


def _runs(points: Sequence[Point]) -> Iterator[list[tuple[int, Fraction]]]:
    """The points with a figure, in runs that no missing or hidden one interrupts."""
    run: list[tuple[int, Fraction]] = []
    for index, point in enumerate(points):
        if point.value is not None:
            run.append((index, point.value))
        elif run:
            yield run
            run = []
    if run:
        yield run
