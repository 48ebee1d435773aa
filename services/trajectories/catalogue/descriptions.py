"""Measures in the words of their answers."""

from services.trajectories.catalogue.schemas import MeasureAnswer
from services.trajectories.measures.catalogue import Measure
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
