"""Bodies and answers of notes."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.trajectories.performance.rules.beside import Annotation, AnnotationKind
from shared.http.text import Name, Note, at_most
from shared.http.web_addresses import WebAddress
from shared.months import Month
from shared.workbooks.impersonal import ImpersonalBody

LONGEST_LINK = 2000


class AnnotationRequest(ImpersonalBody):
    """A note. Without a measure it concerns all, without a community all of them; `rebase` makes new limits from its month on."""

    measure: Name | None = Field(default=None, examples=["reablement-assessments"])
    community: Name | None = Field(default=None, examples=["kendal"])
    month: Month
    kind: AnnotationKind
    text: Note = Field(
        description="What happened; of a rebase its reason", examples=["The new team began its work."]
    )
    link: Annotated[WebAddress, at_most(LONGEST_LINK)] | None = Field(
        default=None, examples=["https://www.example.org/minutes"]
    )


class WithdrawalRequest(ImpersonalBody):
    """Why a note was a mistake."""

    reason: Note = Field(examples=["The month was wrong."])


class AnnotationAnswer(BaseModel):
    """One note. `author`: who wrote it; `automatic`: what made it where nobody did, `move` or `restatement`.

    `withdrawn_at`: since when it stands beside no series, and `withdrawn_reason` why.
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

    @classmethod
    def of(cls, note: Annotation) -> Self:
        """The answer about a note."""
        told = {name: getattr(note, name) for name in cls.model_fields}
        if note.withdrawn_at is None:
            del told["withdrawn_at"], told["withdrawn_reason"]
        return cls(**told)
