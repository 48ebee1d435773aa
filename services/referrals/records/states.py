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


Stage = Literal["triage", "information", "first-contact", "assessment", "care-plan", "review"]
"""What an open referral waits for: it has one stage, and none once it has ended."""
STAGE_OF: Final[Mapping[Status, Stage]] = {
    "received": "triage",
    "information-requested": "information",
    "accepted": "first-contact",
}
"""The stage that an open status begins with. A case goes on through the others."""
CASE_STAGES: Final[tuple[Stage, ...]] = ("first-contact", "assessment", "care-plan", "review")
"""The stages of an open case in their order."""
ItemStage = Literal["onward-answer", "repeat-measure", "mdt-action", "alert"]
ITEM_STAGES: Final[tuple[ItemStage, ...]] = get_args(ItemStage)
"""What may stand on a list beside the referral itself, each for something of its own."""
BENEFIT: Final = "benefit"
"""What an item of the stage `mdt-action` is about that asks what a discussion was good for."""
DECLINED: Final = "onward-declined"
"""What an alert is about that tells of a partner's refusal."""


def outlasts_case(stage: ItemStage, about: str | None) -> bool:
    """Whether an item stays on its list after a discharge: somebody still waits for what it is about."""
    return stage == "onward-answer" or about in {BENEFIT, DECLINED}


ListStage = Literal[
    "triage",
    "information",
    "first-contact",
    "assessment",
    "care-plan",
    "onward-answer",
    "review",
    "repeat-measure",
    "mdt-action",
    "alert",
]
LIST_STAGES: Final[tuple[ListStage, ...]] = get_args(ListStage)
"""Every stage that stands on lists, in the interface's order."""


def status_after(status: Status, step: Step) -> Status | None:
    """The status that a step leads to; None where the table does not allow it."""
    return TRANSITIONS[status].get(step)
