"""The feed as it travels between services. Unknown members are ignored, so an author may add some."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class Fact(BaseModel):
    """One version of one cell. `numerator` null withdraws the cell."""

    seq: int
    measure: str
    month: str
    place: str
    breakdowns: dict[str, str]
    source: str
    numerator: int | None
    denominator: int | None
    known_at: datetime
    provenance: dict[str, Any] = {}


class FactPage(BaseModel):
    """A page of the feed. `next` is the cursor to go on with, null when the reader has everything."""

    version: int = Field(alias="schema")
    epoch: UUID
    items: list[Fact]
    next: int | None
