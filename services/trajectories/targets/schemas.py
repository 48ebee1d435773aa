"""Bodies and answers of targets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from services.trajectories.performance.rules.figure import Status
from services.trajectories.targets.rules import TargetKind, TargetUnit
from shared.http.text import Name
from shared.workbooks.impersonal import ImpersonalBody


def _a_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number.type", "This must be a number.")
    return value


class TargetRequest(ImpersonalBody):
    """A target of a period. `increase` counts from `baseline_period`, the same period of the year before when left out.

    `unit`: `count` is the measure's own unit; `percent` is a proportion's value, or an increase in per cent of the baseline.
    A negative increase is a fall.
    """

    community: Name = Field(examples=["kendal"])
    measure: Name = Field(examples=["reablement-assessments"])
    period: Name = Field(description="A month, quarter or financial year", examples=["2020-21-Q1"])
    kind: TargetKind
    value: Annotated[float, BeforeValidator(_a_number)] = Field(examples=[30])
    unit: TargetUnit
    baseline_period: Name | None = Field(default=None, examples=["2019-20-Q1"])


class TargetFigure(BaseModel):
    """A figure beside a target; hidden where the caller may not see it."""

    value: int | float | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    status: Status | None = None


class TargetWarning(BaseModel):
    """Something odd that was taken as it is."""

    code: str
    pointer: str
    detail: str


class TargetAnswer(BaseModel):
    """One target. `target`: what it comes to in the measure's unit, from the baseline as it was known when it was set.

    `current`: the period's figure now; `needed`: what is missing to the target, in whole people where people are counted;
    `progress`: the same as a sentence. All three are null on a target that another one superseded. A caller without the
    right to exact figures sees all of it as it follows from published ones.
    """

    id: UUID
    community: str
    measure: str
    period: str
    kind: TargetKind
    value: int | float
    unit: TargetUnit
    baseline_period: str | None
    baseline: TargetFigure | None
    target: int | float | None
    current: TargetFigure | None
    needed: int | float | None
    progress: str | None
    set_by: str
    set_at: datetime
    superseded_by: UUID | None
    warnings: list[TargetWarning] = []
