"""Bodies by which somebody says who a person is."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.http.bodies import RequestBody
from shared.http.text import Note


class IdentifyRequest(RequestBody):
    """The person's NHS number, and how somebody made sure of it."""

    nhs_number: str = Field(examples=["9990000018"])
    checked: Literal["pds", "card", "other"] = Field(
        description="In the Personal Demographics Service, on a card, or otherwise"
    )


class MergeRequest(RequestBody):
    """The record that survives, and why both are of one person on one matter."""

    into: UUID
    reason: Note
