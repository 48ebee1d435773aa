"""Beside a measure's page: how its communities compare in a quarter, and what one figure is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.trajectories.compare.readings import make_comparison, understand_comparison
from services.trajectories.compare.schemas import CompareQuery
from services.trajectories.dashboard.rules import Shown, number_words, part_words
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.series import Point, Series, plain_number
from shared.months import Month, financial_quarter
from shared.problems import Invalid
from shared.registry.selection import Selection

_WIDTH, _EDGE = 220, 8
_QUARTERS = 5
"""The last one, and back to the same of the year before."""
_OUTSIDE = {
    95: "Outside what communities usually differ by (95%)",
    99.8: "Outside what communities usually differ by (99.8%)",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A community's rate with its interval. low, at, high: where they stand in the picture; None without a figure."""

    name: str
    href: str
    shown: Shown
    status: str
    value: str
    interval: str
    outside: str
    low: float | None
    at: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The communities in one quarter. centre: where the rate of all of them stands in the picture."""

    period: str
    unit: str
    width: int
    centre: float | None
    places: tuple[Compared, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartCell:
    """A figure of a part in a quarter."""

    shown: Shown
    value: str
    status: str

    @property
    def said(self) -> str:
        """The status in words; nothing is told of a hidden one with whatever is known of it."""
        return "protected" if self.shown == "hidden" else self.status.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Parts:
    """A figure by the values of one breakdown.

    rows: of the values with a figure: (value, its key, its quarters, how far the last whole quarter is from the same one a year before).   compared: these two quarters.
    """

    name: str
    breakdown: str
    periods: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[PartCell, ...], str], ...]
    compared: tuple[str, str]
    answer: Answer


def is_comparable(measure: Measure) -> bool:
    """Whether places can be compared by a measure: by counts and shares of whole numbers."""
    return measure.kind != "mean" and measure.scale == 1 and not measure.signed


async def comparison_of(
    measure: Measure, reference: Month, reporting: Reporting, sight: Sight, now: datetime
) -> Comparison:
    """The communities compared in the last quarter that was over with a month. Raises what a comparison raises."""
    query = CompareQuery.model_validate(
        {"measure": measure.key, "period": "last-quarter", "reference": str(reference + 1)}
    )
    asked = understand_comparison(query, reporting, now)
    told = orjson.loads((await make_comparison(asked, reporting, sight, now)).body)
    known = [one for one in told["items"] if one["value"] is not None and one["upper"] is not None]
    centre = None if told["funnel"] is None else told["funnel"]["centre"]
    ends = [one[name] for one in known for name in ("lower", "upper", "value")]
    least, most = min(ends, default=0), max(ends, default=1)

    def across(value: float | None) -> float | None:
        if value is None or most <= least:
            return None
        return round(_EDGE + (value - least) / (most - least) * (_WIDTH - 2 * _EDGE), 1)

    return Comparison(
        period=told["period"],
        unit=told["measure"]["unit"],
        width=_WIDTH,
        centre=across(centre),
        places=tuple(_compared(one, measure, reference, across) for one in told["items"]),
        notes=tuple(told["notes"]),
    )


def _compared(item: dict[str, Any], measure: Measure, reference: Month, across: Any) -> Compared:
    known = item["lower"] is not None
    return Compared(
        name=item["name"],
        href=f"/measures/{measure.key}?community={item['place']}&reference={reference}",
        shown="hidden" if item["suppressed"] else "missing" if item["value"] is None else "value",
        status=item["status"],
        value=number_words(item["value"], measure),
        interval=f"{number_words(item['lower'], measure)} to {number_words(item['upper'], measure)}"
        if known
        else "",
        outside=_OUTSIDE.get(item["outside"], ""),
        low=across(item["lower"]),
        at=across(item["value"]) if known else None,
        high=across(item["upper"]),
    )


def quarters_to(reference: Month) -> tuple[Month, Month]:
    """The first and the last month of five quarters, of which the last was over with a month."""
    quarter = financial_quarter(reference)
    if quarter.last > reference:
        quarter = financial_quarter(quarter.first - 1)
    return quarter.first - 3 * (_QUARTERS - 1), quarter.last


async def parts_of(
    measure: Measure,
    place: Selection,
    breakdown: str,
    reference: Month,
    reporting: Reporting,
    sight: Sight,
    now: datetime,
) -> Parts:
    """A figure by the values of a breakdown, in five quarters: the last one that was over with a month, and back to a year before. Raises Invalid for one that there is not."""
    if breakdown not in measure.dimensions:
        detail = f"It is broken down by {', '.join(measure.dimensions)}." if measure.dimensions else ""
        raise Invalid.one(
            "query.group_by", "/breakdown", f"There is no such breakdown of it. {detail}".strip()
        )
    first, last = quarters_to(reference)
    question = Question(
        measures=(measure.key,),
        places=(place,),
        first=first,
        last=last,
        grain="quarter",
        breakdown=breakdown,
    )
    answer = await reporting.view(question, sight, now)
    periods = tuple(window.label.replace("-Q", " Q") for window in question.windows)
    return Parts(
        name=breakdown.replace("_", " "),
        breakdown=breakdown,
        periods=periods,
        rows=tuple(
            (part_words(one.breakdown), (one.breakdown or ("", ""))[1], _cells(one), _change(one))
            for one in answer.series
            if _is_known(one)
        ),
        compared=(periods[-1], periods[0]),
        answer=answer,
    )


def _is_known(series: Series) -> bool:
    """Whether anything came of it: falls of people under 65 are no part of those of people above."""
    return any(point.value is not None or point.suppressed for point in series.points)


def _change(series: Series) -> str:
    """From the first quarter to the last, where both are whole and shown."""
    first, last = series.points[0], series.points[-1]
    if first.value is None or last.value is None or "partial" in {first.status, last.status}:
        return ""
    change = plain_number(last.value - first.value) or 0
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{number_words(abs(change), series.measure)}"


def _cells(series: Series) -> tuple[PartCell, ...]:
    return tuple(cell_of(point, series.measure) for point in series.points)


def cell_of(point: Point, measure: Measure) -> PartCell:
    """A point as a table of parts tells it."""
    value = plain_number(point.value)
    shown: Shown = "hidden" if point.suppressed else "missing" if value is None else "value"
    return PartCell(shown, number_words(value, measure), point.status)
