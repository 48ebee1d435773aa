"""Bodies and answers of commentaries."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from shared.http.text import Name, Note
from shared.workbooks.impersonal import ImpersonalBody


class CommentaryRequest(ImpersonalBody):
    """What is said of a community's figures in a period. Everybody reads it: it holds no small number and no person."""

    measure: Name | None = Field(default=None, examples=["reablement-assessments"])
    community: Name = Field(examples=["kendal"])
    period: Name = Field(examples=["2019-20-Q4"])
    text: Note = Field(examples=["The team was short of two people in February."])


class CommentaryAnswer(BaseModel, from_attributes=True):
    """One commentary."""

    id: UUID
    measure: str | None
    community: str
    period: str
    text: str
    author: str
    made_at: datetime
