"""Measures in the words of their answers."""

from services.trajectories.catalogue.schemas import MeasureAnswer, MeasureList
from services.trajectories.measures.catalogue import Catalogue, Measure
from services.trajectories.performance.rules.protection import Policy


def describe_measure(measure: Measure, policy: Policy) -> MeasureAnswer:
    """A declaration as it is answered, with the smallest count that may be shown and the rounding of the others."""
    return MeasureAnswer(
        **measure.model_dump(exclude={"derived", "over_months", "supply", "per", "wholes"}),
        rollup=measure.rollup,
        per=None if measure.per == 1 else measure.per,
        derived_from=() if measure.derived is None else measure.read_measures,
        suppression={"threshold": policy.threshold, "base": policy.base},
    )


def describe_catalogue(catalogue: Catalogue, policy: Policy) -> MeasureList:
    """Every measure, in the order of its declaration."""
    return MeasureList(items=[describe_measure(measure, policy) for measure in catalogue])
