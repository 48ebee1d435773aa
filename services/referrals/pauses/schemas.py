"""Bodies of a pause and of its end."""

from typing import Literal

from shared.http.bodies import RequestBody
from shared.http.text import Note


class PauseRequest(RequestBody):
    """Why the clocks of a referral stand still. Asking the sender pauses them by itself."""

    reason: Literal["in-hospital", "person-asked"]
    comment: Note | None = None


class ResumeRequest(RequestBody):
    """Which pause is over; every one of these two where none is named."""

    reason: Literal["in-hospital", "person-asked"] | None = None
    comment: Note | None = None
