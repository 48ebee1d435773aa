"""A comparison as one caller may see it, made of the figures of the one protected view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from services.trajectories.compare.rules import Z_95, Z_998, Funnel, Part, byar, funnel_of, wilson
from services.trajectories.compare.schemas import CompareQuery
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.current import measure_named
from services.trajectories.performance.keeping import Rendered, rendered_of
from services.trajectories.performance.questions import check_known, period_asked
from services.trajectories.performance.renderings import MEDIA_TYPES, instant_text, protection_shown
from services.trajectories.performance.reporting import Reporting, exact_told
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Grain, Per, Question, unit_of, windows
from services.trajectories.performance.rules.series import Series, plain_number
from shared.months import Month, Period, month_range
from shared.problems import FieldError, Invalid
from shared.registry.selection import Selection

_CHANCE = "Of places that differ by chance alone, one in twenty lies outside the limits of 95 %, one in 500 outside those of 99.8 %."
_ROUNDED = "Intervals and limits are made from the figures as they are shown; places whose figure is hidden are left out."
_PER_REGISTERED: Per = "1000-registered"
_LENGTHS: dict[int, Grain] = {1: "month", 3: "quarter", 12: "year"}
_TWELVE = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared, once it is understood."""

    measure: Measure
    question: Question
    label: str


def understand_comparison(query: CompareQuery, reporting: Reporting, now: datetime) -> Asked:
    """What is asked. Raises Invalid."""
    measure = measure_named(reporting, query.measure)
    if measure.kind == "mean" or measure.scale != 1 or measure.signed:
        detail = "A comparison needs a count, a proportion or a ratio of whole numbers."
        raise Invalid(errors=[FieldError("code.invalid", "/measure", detail)])
    check_known(query.as_at, now)
    period = period_asked(query.period, query.reference, Month.of(now))
    first, grain = _window(period)
    return Asked(
        measure,
        Question(
            measures=(measure.key,),
            places=_places(query, reporting, period),
            first=first,
            last=period.last,
            grain=grain,
            per=_PER_REGISTERED if measure.kind == "count" else None,
            as_at=query.as_at,
        ),
        f"{period.first} to {period.last}"
        if grain == "rolling12"
        else windows(first, period.last, grain)[0].label,
    )


def _window(period: Period) -> tuple[Month, Grain]:
    """The first month and the grain with which a period is one point. Raises Invalid."""
    grain = _LENGTHS.get(len(period.months))
    if grain is not None:
        found = windows(period.first, period.last, grain)
        if len(found) == 1 and found[0].whole:
            return period.first, grain
    if len(period.months) == _TWELVE:
        return period.last, "rolling12"
    detail = "Places are compared in a month, a quarter, a financial year or twelve months."
    raise Invalid.one("enum", "/period", detail)


def _places(query: CompareQuery, reporting: Reporting, period: Period) -> tuple[Selection, ...]:
    months = month_range(period.first, period.last)
    places = reporting.places
    if query.community is None:
        found = places.of_level(query.level, months)
    else:
        named = places.registry.resolve_all(query.community)
        found = tuple(
            dict.fromkeys(one for place in named for one in places.within(place, query.level, months))
        )
    if not found:
        raise Invalid.one("query.fields", "/level", "No place of this level lies within the community.")
    return found


async def make_comparison(asked: Asked, reporting: Reporting, sight: Sight, now: datetime) -> Rendered:
    """The bytes of a comparison. Raises BelowCommunity, Invalid."""
    answer = await reporting.view(asked.question, sight, now)
    measure = asked.measure
    parts = [_part(series) for series in answer.series]
    scale: Literal["proportion", "count"] = "proportion" if measure.kind == "proportion" else "count"
    funnel = funnel_of([part for part in parts if part is not None], scale)
    per = _per(measure)
    document = {
        "measure": {
            "key": measure.key,
            "title": measure.title,
            "unit": unit_of(measure, asked.question.per, asked.question.grain),
            "direction": measure.direction,
        },
        "period": asked.label,
        "as_at": instant_text(answer.knowledge.as_at),
        "interval": "wilson" if scale == "proportion" else "byar",
        "items": [
            _item(series, part, funnel, reporting, per=per)
            for series, part in zip(answer.series, parts, strict=True)
        ],
        "funnel": None if funnel is None else _funnel_shown(funnel, per),
        "protection": protection_shown(answer),
        "notes": _notes(answer, parts),
    }
    return rendered_of(orjson.dumps(document), MEDIA_TYPES["json"], exported=exact_told(answer))


def _per(measure: Measure) -> int:
    """How many of the denominator a rate is told for."""
    return 1000 if measure.kind == "count" else measure.per


def _part(series: Series) -> Part | None:
    """The counts of a place; None where something of them is not known, hidden, or divides by nothing."""
    point = series.points[0]
    if point.value is None or point.numerator is None or not point.denominator:
        return None
    if series.measure.kind == "proportion" and point.numerator > point.denominator:
        return None  # both were rounded, the part up and the whole down
    return Part(point.numerator, point.denominator)


def _item(
    series: Series, part: Part | None, funnel: Funnel | None, reporting: Reporting, *, per: int
) -> dict[str, Any]:
    point = series.points[0]
    interval = None
    if part is not None:
        interval = wilson(part) if series.measure.kind == "proportion" else byar(part)
    limits: dict[str, Any] = {"limits_95": None, "limits_998": None}
    if part is not None and funnel is not None:
        for name, z in (("limits_95", Z_95), ("limits_998", Z_998)):
            low, high = funnel.limits(part.denominator, z)
            limits[name] = {"lower": low * per, "upper": high * per}
    return {
        "place": series.place.token,
        "name": reporting.places.name_of(series.place),
        "numerator": point.numerator,
        "denominator": point.denominator,
        "value": plain_number(point.value),
        "lower": None if interval is None else interval.lower * per,
        "upper": None if interval is None else interval.upper * per,
        "outside": None if part is None or funnel is None else funnel.outside(part),
        **limits,
        "suppressed": point.suppressed,
        "status": point.status,
    }


def _funnel_shown(funnel: Funnel, per: int) -> dict[str, Any]:
    return {
        "centre": funnel.centre * per,
        "overdispersion": funnel.tau_squared,
        "dispersion_ratio": funnel.phi,
        "scale": "arcsine" if funnel.scale == "proportion" else "square-root",
    }


def _notes(answer: Answer, parts: Sequence[Part | None]) -> list[str]:
    notes = [_CHANCE]
    if answer.policy is not None:
        notes.append(_ROUNDED)
    if any(one.points[0].status == "partial" for one in answer.series):
        notes.append("Partial figures are the sum of what arrived.")
    if None in parts:
        notes.append("A place without a figure, or whose figure is hidden, is not part of the funnel.")
    return notes
