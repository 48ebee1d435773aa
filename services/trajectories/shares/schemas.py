"""Bodies and answers of versions of shares, of what is in force, and of its explanation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.trajectories.shares.rules.drafting import NewPractices, PlaceKind
from services.trajectories.shares.tables import TrajectoryVersion
from shared.http.text import Name, Note
from shared.months import Month
from shared.workbooks.impersonal import ImpersonalBody

VersionStatus = Literal["draft", "approved", "rejected"]
MOST_WINDOW, MOST_LAG = 36, 12


class VersionRequest(ImpersonalBody):
    """The version to be drafted."""

    measure: Name
    effective_from: Month
    window_months: int = Field(default=12, ge=1, le=MOST_WINDOW)
    lag_months: int = Field(
        default=2, ge=0, le=MOST_LAG, description="Months before the first that are left to settle"
    )
    excluded_months: tuple[Month, ...] = Field(default=(), max_length=MOST_WINDOW)
    excluded_reason: Note | None = None
    new_practices: NewPractices = "literal"


class ApprovalRequest(ImpersonalBody):
    """Why a draft comes into force."""

    reason: Note


class RejectionRequest(ImpersonalBody):
    """Why a draft never comes into force."""

    reason: Note


class WindowAnswer(BaseModel):
    """The months that shares are counted over."""

    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="to")


class VersionAnswer(BaseModel):
    """What a version was made of, and who decided on it."""

    id: UUID
    measure: str
    status: VersionStatus
    effective_from: str
    last_month: str
    bay_trajectory: UUID
    window: WindowAnswer
    window_months: int
    lag_months: int
    excluded_months: list[str]
    excluded_reason: str | None
    blocked: list[str]
    new_practices: NewPractices
    data_known_at: datetime
    drafted_by: str | None
    drafted_at: datetime
    superseded_by: UUID | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None

    @classmethod
    def of(cls, row: TrajectoryVersion) -> Self:
        """The answer about a row."""
        return cls(
            effective_from=str(Month.of(row.effective_from)),
            last_month=str(Month.of(row.last_month)),
            bay_trajectory=row.bay_trajectory_id,
            window=WindowAnswer(first=str(Month.of(row.window_first)), last=str(Month.of(row.window_last))),
            **row.model_dump(include=set(cls.model_fields) - {"effective_from", "last_month"}),
        )


class Share(BaseModel):
    """A part of the whole as two integers; for protected callers, a per cent with one decimal."""

    numerator: int | None
    denominator: int | None
    percent: float | None = None


class MonthOfPlace(BaseModel):
    """One month: `exact` is a fraction as text, `integer` the whole number, `reason` why there is none."""

    month: str
    exact: str | None
    integer: int | None
    reason: str | None = None


class PlaceOfVersion(BaseModel):
    """A place of a version. `estimated`: a short history was annualised."""

    place: str
    kind: PlaceKind
    community: str
    share: Share | None
    months_seen: int
    estimated: bool
    months: list[MonthOfPlace]


class WholeVersionAnswer(VersionAnswer):
    """A version with the places that the caller sees exactly."""

    sources: list[dict[str, object]]
    total: int | None
    places: list[PlaceOfVersion]


class InForceItem(MonthOfPlace):
    """The trajectory of a place in a month. `version`: which one is in force."""

    community: str
    share: Share | None
    suppressed: bool = False
    version: UUID | None


class InForceAnswer(BaseModel):
    """The trajectory month by month, on the basis asked for."""

    measure: str
    basis: str
    items: list[InForceItem]
    protection: dict[str, object] | None
    notes: Sequence[str]


class PracticePart(BaseModel):
    """A practice's part of a community's trajectory."""

    practice: str
    name: str | None
    share: Share
    months_seen: int
    estimated: bool
    exact: str | None
    integer: int | None


class ExplanationAnswer(BaseModel):
    """How a figure came about, from the window to the whole number, practice by practice."""

    measure: str
    community: str
    month: str
    sentence: str
    share: Share | None
    exact: str | None
    integer: int | None
    reason: str | None
    bay: dict[str, object]
    version: VersionAnswer
    sources: list[dict[str, object]]
    practices: list[PracticePart]
