"""The answer about a figure's past."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.trajectories.performance.schemas import ProtectionAnswer
from shared.months import Month


class RevisionItem(BaseModel):
    """One value with the time in which it stood. `change`: from the value before, null where one of both is not known.

    `submission`: what brought it, `submissions` where several did at the same instant.
    """

    model_config = ConfigDict(populate_by_name=True)

    value: int | float | None
    numerator: int | None
    denominator: int | None
    suppressed: bool
    from_: datetime = Field(alias="from")
    to: datetime | None
    submission: str | None = None
    submissions: list[str] | None = None
    change: int | float | None


class RevisionsAnswer(BaseModel):
    """Every value that a figure ever had, oldest first; to callers without exact figures, every one that was published."""

    measure: str
    community: str
    month: Month
    items: list[RevisionItem]
    protection: ProtectionAnswer | None
    notes: list[str]
