"""The body of a transfer."""

from pydantic import Field

from shared.http.bodies import RequestBody
from shared.http.text import Note
from shared.registry.names import PracticeCode


class TransferRequest(RequestBody):
    """Where a referral goes, by one of three names, and why."""

    practice: PracticeCode | None = Field(default=None, description="Where the person is registered now")
    icc: str | None = Field(default=None, description="The community that takes it", examples=["kendal"])
    team: str | None = Field(default=None, description="The team that takes it", examples=["icat"])
    reason: Note
