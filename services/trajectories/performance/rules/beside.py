"""What stands beside the figures of a series: what people noted of a place and month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from services.trajectories.performance.rules.question import Window
from shared.months import Month

AnnotationKind: TypeAlias = Literal["change", "rebase", "definition", "data-quality", "event"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One note. measure, community: None where it concerns all.   community: as a query names it.

    automatic: what made it where nobody wrote it: `move` or `restatement`.
    """

    id: UUID
    measure: str | None
    community: str | None
    month: Month
    kind: AnnotationKind
    text: str
    link: str | None
    author: str
    automatic: str | None
    made_at: datetime | None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None

    def concerns(self, measure: str, place: str) -> bool:
        """Whether it is about the series of a measure and place."""
        return self.measure in (None, measure) and self.community in (None, place)


def rebased_at(annotations: Iterable[Annotation], windows: Sequence[Window]) -> list[int]:
    """The index of the first point of each rebase: the first window that does not end before its month."""
    found = []
    for one in annotations:
        if one.kind == "rebase":
            index = next((at for at, window in enumerate(windows) if window.months[-1] >= one.month), None)
            found += [] if index is None else [index]
    return found
