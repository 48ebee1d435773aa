"""The only writer of targets."""

from collections.abc import Sequence
from fractions import Fraction

from sqlmodel import func, select

from services.trajectories.ingest.actions import raise_version
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Answer
from services.trajectories.performance.current import check_own, measure_named, sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.figures import measured_at
from services.trajectories.performance.rules.question import Question, Window, plausible_period
from services.trajectories.performance.rules.series import Point
from services.trajectories.targets.queries import standing_target
from services.trajectories.targets.rules import (
    Promise,
    a_year_earlier,
    exact,
    outcome_faults,
    promise_faults,
    window_of,
)
from services.trajectories.targets.schemas import TargetRequest
from services.trajectories.targets.tables import Target
from shared.ids import new_id
from shared.months import Period
from shared.problems import FieldError, Forbidden, Invalid
from shared.registry.selection import Selection
from shared.service.acting import Act

_PARTIAL = FieldError(
    "baseline.partial", "/baseline_period", "The baseline is not complete: it is the sum of what has arrived."
)


async def set_target(
    act: Act, reporting: Reporting, asked: TargetRequest
) -> tuple[Target, Sequence[FieldError]]:
    """Keep a target as the newest of its figure; one that says the same as the standing one is that one.

    Gives the target and warnings. Raises Invalid; NotYours, Forbidden where the place or its figures are not the caller's.
    """
    measure, place = (
        measure_named(reporting, asked.measure),
        reporting.places.registry.resolve(asked.community),
    )
    promise = Promise(measure, asked.kind, exact(asked.value), asked.unit)
    period, baseline = _understood(asked, promise, place)
    window = window_of(period)
    check_own(act.caller, reporting.places, place, window.months)
    known = None if baseline is None else await _figure(act, reporting, measure, place, window_of(baseline))
    point, warnings = (None, []) if known is None else _checked_baseline(known, promise)
    # One after the other, so that each supersedes the one before it.
    key = f"target:{measure.key}:{place.token}:{window.label}"
    await act.session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    # As near to the commit as can be: a question as at an instant before it must not see the target.
    now = (await act.session.exec(select(func.clock_timestamp()))).one()
    made = Target(
        id=new_id(),
        set_at=now,
        community=place.token,
        measure=measure.key,
        period=window.label,
        grain=window.grain,
        month=window.month.first_day,
        kind=asked.kind,
        value=asked.value,
        unit=asked.unit,
        client=act.caller.client,
        author=act.caller.name or act.caller.client,
    )
    if known is not None and point is not None and baseline is not None:
        made.baseline_period, made.baseline_grain = baseline.label, point.window.grain
        made.baseline_month = point.window.month.first_day
        made.baseline_numerator, made.baseline_denominator = point.numerator, point.denominator
        made.baseline_known_at = known.knowledge.as_at
    standing = await standing_target(act.session, measure=measure.key, community=place.token, window=window)
    if standing is not None and _said(standing) == _said(made):
        await act.happened("target.confirm", resource_type="target", resource_id=standing.id)
        return standing, warnings
    return await _kept(act, made, standing), warnings


async def _kept(act: Act, made: Target, standing: Target | None) -> Target:
    """The new target in the place of the one before it."""
    if standing is not None:
        standing.superseded_by = made.id
        act.session.add(standing)
        await act.session.flush()
    act.session.add(made)
    await act.session.flush()
    await act.happened("target.set", resource_type="target", resource_id=made.id)
    await raise_version(act.session)
    return made


def _said(target: Target) -> dict[str, object]:
    """All that a target says, whoever says it and when."""
    return target.model_dump(
        exclude={"id", "client", "author", "set_at", "superseded_by", "baseline_known_at"}
    )


def _understood(asked: TargetRequest, promise: Promise, place: Selection) -> tuple[Period, Period | None]:
    """The period, and the baseline's where there is one. Raises Invalid with every fault."""
    faults = list(promise_faults(promise))
    if not measured_at(promise.measure, place):
        levels = ", ".join(promise.measure.levels)
        faults.append(FieldError("code.invalid", "/measure", f"The measure exists for {levels}."))
    period, baseline = plausible_period(asked.period), None
    if period is None:
        faults.append(_not_a_period("/period"))
    if asked.baseline_period is not None:
        baseline = plausible_period(asked.baseline_period)
        if baseline is None:
            faults.append(_not_a_period("/baseline_period"))
    elif period is not None and asked.kind == "increase":
        baseline = a_year_earlier(period)
    if period is not None and baseline is not None and len(baseline.months) != len(period.months):
        detail = "A baseline is as long as its period: a month, a quarter or a year."
        faults.append(FieldError("code.invalid", "/baseline_period", detail))
    elif period is not None and baseline is not None and baseline.first >= period.first:
        faults.append(FieldError("date.order", "/baseline_period", "A baseline lies before its period."))
    if faults or period is None:
        raise Invalid(errors=faults)
    return period, baseline


def _not_a_period(pointer: str) -> FieldError:
    return FieldError("date.format", pointer, "A period is written 2019-20-Q4, 2019-20 or 2020-01.")


def _checked_baseline(known: Answer, promise: Promise) -> tuple[Point | None, list[FieldError]]:
    """The point of a baseline with warnings. Raises Invalid, Forbidden."""
    point = known.series[0].points[0]
    if not point.exact:
        raise Forbidden("A baseline needs the right to exact figures of the place.")
    if point.value is None:
        if promise.kind == "value":
            return None, []
        detail = "No figure of the baseline has arrived, so nothing can be counted from it."
        raise Invalid.one("number.required", "/baseline_period", detail)
    if faults := list(outcome_faults(promise, promise.comes_to(Fraction(point.value)))):
        raise Invalid(errors=faults)
    return point, [_PARTIAL] if point.status == "partial" else []


async def _figure(
    act: Act, reporting: Reporting, measure: Measure, place: Selection, window: Window
) -> Answer:
    question = Question(
        measures=(measure.key,),
        places=(place,),
        first=window.months[0],
        last=window.months[-1],
        grain=window.grain,
    )
    return await reporting.view(question, sight_of(act.caller, reporting.places), act.now)
