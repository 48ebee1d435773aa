"""The state table of a referral, whole: which step leads from which status to which. Source: the interface, *States*."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Status = Literal[
    "received", "information-requested", "accepted", "redirected", "rejected", "withdrawn", "closed"
]
Step = Literal[
    "accept",
    "reject",
    "redirect",
    "redirect-away",
    "request-information",
    "answer",
    "withdraw",
    "reopen",
    "discharge",
    "transfer",
]
"""What is done to a referral. `redirect-away` is a redirect that leaves the platform."""

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
RECEIVED: Final[Status] = "received"
AWAITING_TRIAGE: Final[tuple[Status, ...]] = (RECEIVED, "information-requested")
OPEN_STATUSES: Final[tuple[Status, ...]] = (*AWAITING_TRIAGE, "accepted")

_TRIAGED: Final[dict[Step, Status]] = {
    "accept": "accepted",
    "reject": "rejected",
    "redirect": "received",
    "redirect-away": "redirected",
    "withdraw": "withdrawn",
}
_ENDED: Final[dict[Step, Status]] = {"reopen": "received"}
TRANSITIONS: Final[Mapping[Status, Mapping[Step, Status]]] = {
    "received": {**_TRIAGED, "request-information": "information-requested", "transfer": "received"},
    "information-requested": {**_TRIAGED, "answer": "received", "transfer": "information-requested"},
    "accepted": {"withdraw": "withdrawn", "discharge": "closed", "transfer": "accepted"},
    "rejected": _ENDED,
    "withdrawn": _ENDED,
    "redirected": _ENDED,
    "closed": {"reopen": "accepted"},
}


def status_after(status: Status, step: Step) -> Status | None:
    """The status that a step leads to; None where the table does not allow it."""
    return TRANSITIONS[status].get(step)
