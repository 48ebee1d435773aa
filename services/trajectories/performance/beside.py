"""Where what stands beside the figures of an answer comes from: slices above the report, which it does not know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.answers import Targets
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.protection import Policy
from services.trajectories.performance.rules.question import Question, Window
from shared.db.engine import Database
from shared.months import Month
from shared.registry.selection import Selection


class TrajectoryReader(Protocol):
    """Where the trajectory of a point comes from, as an audience may see it; the report does not know how shares come about."""

    async def __call__(
        self,
        database: Database,
        measure: Measure,
        selections: Sequence[Selection],
        windows: Sequence[Window],
        *,
        places: Geography,
        sees: Callable[[Selection, Window], bool],
        policy: Policy,
        as_at: datetime | None,
    ) -> Mapping[tuple[Selection, Window], int]:
        """The whole numbers of those places and windows that have one and show it."""
        ...


class TargetReader(Protocol):
    """Where the target of a point comes from, as an audience may see it; the report does not know how targets are set."""

    async def __call__(
        self,
        database: Database,
        measures: Sequence[Measure],
        selections: Sequence[Selection],
        windows: Sequence[Window],
        *,
        sees: Callable[[Selection, Window], bool],
        as_at: datetime | None,
    ) -> Targets:
        """The targets of those measures, places and windows that have one."""
        ...


class AnnotationReader(Protocol):
    """Where the notes beside a series come from."""

    async def __call__(
        self,
        database: Database,
        question: Question,
        places: Geography,
        *,
        exact: Callable[[Selection, Month], bool],
    ) -> Sequence[Annotation]:
        """The notes of the question's measures, places and months; only rebases where it asks for no others."""
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """Where what stands beside the figures comes from."""

    trajectories: TrajectoryReader
    targets: TargetReader
    annotations: AnnotationReader
