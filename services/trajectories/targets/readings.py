"""Targets with their progress, as one caller may read them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.current import sight_of
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import Question
from services.trajectories.performance.rules.series import Point, plain_number
from services.trajectories.performance.rules.view import Shown
from services.trajectories.targets.queries import baselines_of, is_exact, promise_in, window_from
from services.trajectories.targets.rules import progress_of
from services.trajectories.targets.schemas import TargetAnswer, TargetFigure, TargetWarning
from services.trajectories.targets.tables import Target
from shared.problems import FieldError
from shared.service.acting import Act


def sees_target(target: Target, sight: Sight, reporting: Reporting) -> bool:
    """Whether a caller may read a target: of a place below a community only one's own, of a measure that there still is."""
    place = reporting.places.registry.find(target.community)
    if place is None or reporting.catalogue.get(target.measure) is None:
        return False
    return sight.may_ask(place, window_from(target.grain, target.month).months)


async def with_progress(
    act: Act,
    reporting: Reporting,
    targets: Sequence[Target],
    warnings: Sequence[FieldError] = (),
) -> dict[UUID, TargetAnswer]:
    """The answer about each target, by its id."""
    sight = sight_of(act.caller, reporting.places)
    measures = {one.key: one for one in reporting.catalogue}
    rows = [one.model_dump() for one in targets]
    owned = [_is_owned(row, sight, reporting) for row in rows]
    baselines = await baselines_of(act.platform.database, rows, owned, measures)
    current = await _current(act, reporting, [one for one in targets if one.superseded_by is None])
    exact = [one for one in targets if (point := current.get(one.id)) is not None and point.exact]
    if exact:
        about = {
            "measures": sorted({one.measure for one in exact}),
            "places": sorted({one.community for one in exact}),
            "exact": len(exact),
        }
        await act.happened("performance.read", resource_type="performance", detail=about)
    told = [TargetWarning.model_validate(one.to_json()) for one in warnings]
    return {
        row["id"]: _answer(row, measures[row["measure"]], baseline, current.get(row["id"]), told)
        for row, baseline in zip(rows, baselines, strict=True)
    }


def _is_owned(row: Mapping[str, Any], sight: Sight, reporting: Reporting) -> bool:
    place = reporting.places.registry.resolve(row["community"])
    window = window_from(row["grain"], row["month"])
    return is_exact(
        row,
        place,
        window,
        lambda where, span: all(sight.exactly(where, month) for month in span.months),
    )


async def _current(act: Act, reporting: Reporting, targets: Iterable[Target]) -> dict[UUID, Point]:
    """The figure of each target's period now; one question for the targets of a measure and period."""
    groups: dict[tuple[str, str, str], list[Target]] = defaultdict(list)
    for one in targets:
        groups[one.measure, one.grain, one.period].append(one)
    found: dict[UUID, Point] = {}
    sight = sight_of(act.caller, reporting.places)
    for group in groups.values():
        window = window_from(group[0].grain, group[0].month)
        places = tuple(reporting.places.registry.resolve(one.community) for one in group)
        question = Question(
            measures=(group[0].measure,),
            places=places,
            first=window.months[0],
            last=window.months[-1],
            grain=window.grain,
        )
        answer = await reporting.view(question, sight, act.now)
        for one, series in zip(group, answer.series, strict=True):
            found[one.id] = series.points[0]
    return found


def _answer(
    row: Mapping[str, Any],
    measure: Measure,
    baseline: Shown | None,
    point: Point | None,
    warnings: list[TargetWarning],
) -> TargetAnswer:
    promise = promise_in(row, measure)
    target = promise.comes_to(None if baseline is None else baseline.value)
    progress = None
    if point is not None and target is not None and not point.suppressed:
        progress = progress_of(
            promise,
            target,
            value=point.value,
            numerator=point.numerator,
            denominator=point.denominator,
            last=point.window.months[-1],
            rounded=not point.exact,
        )
    return TargetAnswer(
        **{name: row[name] for name in _AS_KEPT},
        baseline=None if baseline is None else _figure(baseline),
        value=plain_number(promise.value),
        target=plain_number(target),
        current=None if point is None else _figure(point),
        needed=None if progress is None else progress.needed,
        progress=None if progress is None else progress.text,
        set_by=row["author"],
        warnings=warnings,
    )


_AS_KEPT = (
    "id",
    "community",
    "measure",
    "period",
    "kind",
    "unit",
    "baseline_period",
    "set_at",
    "superseded_by",
)


def _figure(shown: Shown | Point) -> TargetFigure:
    return TargetFigure(
        value=plain_number(shown.value),
        numerator=shown.numerator,
        denominator=shown.denominator,
        suppressed=shown.suppressed,
        status=shown.status if isinstance(shown, Point) else None,
    )
