"""What may become of an onward referral, and when its link still holds. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

OnwardStatus = Literal["sent", "received", "declined", "completed", "recalled"]
Response = Literal["received", "declined", "completed"]
AnsweredBy = Literal["partner", "link", "case-manager"]
ONWARD_STATUSES: Final[tuple[OnwardStatus, ...]] = get_args(OnwardStatus)
ANSWERED_BY: Final[tuple[AnsweredBy, ...]] = get_args(AnsweredBy)
UNANSWERED: Final[tuple[OnwardStatus, ...]] = ("sent", "received")
"""The statuses in which an answer is still awaited."""
LINK_HOLDS: Final = timedelta(days=30)
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43

_MAY_BECOME: Final[Mapping[str, tuple[Response, ...]]] = {
    "sent": ("received", "declined", "completed"),
    "received": ("declined", "completed"),
}


def may_become(status: str, response: Response) -> bool:
    """Whether an onward referral of this status may be answered so."""
    return response in _MAY_BECOME.get(status, ())


def is_overdue(status: str, due_at: datetime, *, now: datetime) -> bool:
    """Whether an answer is still awaited though its day has passed."""
    return status in UNANSWERED and due_at < now


def link_holds(status: str, *, used_at: datetime | None, expires_at: datetime, now: datetime) -> bool:
    """Whether a link may still be answered: once, within its days, and while an answer is awaited."""
    return used_at is None and now < expires_at and status in UNANSWERED
