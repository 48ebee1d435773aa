"""A contact as it is recorded and read."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.referrals.contacts.rules import Kind, Outcome, With
from shared.http.bodies import RequestBody
from shared.http.dates import PastInstant
from shared.http.text import Note


class ContactRequest(RequestBody):
    """Who was met or called, when, and what came of it."""

    at: PastInstant
    kind: Kind
    with_: With = Field(alias="with")
    outcome: Outcome
    face_to_face: bool = Field(default=False, description="Only a visit is; it decides about the two hours")
    note: Note | None = None


class ContactAnswer(BaseModel):
    """A contact."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    case_id: UUID
    at: datetime
    kind: Kind
    with_: With = Field(alias="with")
    outcome: Outcome
    face_to_face: bool
    note: str | None = None
    by: str
    recorded_at: datetime
