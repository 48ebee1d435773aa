"""How pages write what the interface calls by a code, a day or an instant. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, Literal

from services.referrals.records.states import ListStage
from services.referrals.worklists.rules import Urgency
from shared.months import LONDON
from shared.problems import FieldError

Done = Literal[
    "triage",
    "assign",
    "reply",
    "pause",
    "resume",
    "withdraw",
    "reopen",
    "transfer",
    "contact",
    "assessment",
    "plan",
    "review",
    "onward",
    "answer",
    "consent",
    "carer",
    "action",
    "benefit",
    "identify",
    "merge",
    "change",
    "audit",
    "discharge",
    "refer",
    "reassign",
    "cover",
]
"""What is done by the forms of this service."""
_NAMES: Final[Mapping[str, str]] = {
    "information": "Waiting for the sender",
    "onward-answer": "Partner's answer",
    "repeat-measure": "Measure to repeat",
    "mdt-action": "Action of a meeting",
    "alert": "Something happened",
    "tracing": "NHS number to be found",
    "two-hour": "Two hours",
    "scene-safety": "Scene safety",
    "hidden-address": "Address is hidden",
    "ed-attendance": "Attendance at an emergency department",
    "gp-visit": "Visit of the GP",
    "gp-advice": "Advice of the GP",
    "gp": "GP",
    "in-hospital": "In hospital",
    "person-asked": "The person asked to wait",
    "break-glass": "Read without being asked",
    "mdt-meeting": "Meeting",
    "mdt": "Multidisciplinary meeting",
    "nhs-number": "NHS number",
    "self": "The person",
    "attorney": "An attorney for health and welfare",
    "parental-responsibility": "Somebody with parental responsibility",
    "best-interests": "A decision in the person's best interests",
    "share-with-hospital": "To share with hospitals",
    "share-with-partner": "To share with a partner",
    "do-not-attempt": "Do not attempt resuscitation",
    "attempt": "Attempt resuscitation",
    "dnacpr": "DNACPR",
    "respect": "ReSPECT",
}
STATES: Final[Mapping[Urgency, str]] = {
    "overdue": "Overdue",
    "due": "Due today",
    "waiting": "Not due yet",
    "alert": "Alerts",
}
TONES: Final[Mapping[Urgency, str]] = {
    "overdue": "red",
    "due": "orange",
    "waiting": "grey",
    "alert": "purple",
}
"""The colour of a state's tag, which always holds its words too."""
_EVENTS: Final[Mapping[str, str]] = {
    "referral.received": "The referral came in",
    "referral.triaged": "Triaged",
    "referral.answered": "The sender answered",
    "referral.withdrawn": "Withdrawn",
    "referral.reopened": "Taken up again",
    "referral.assigned": "Changed hands",
    "referral.changed": "Changed",
    "referral.transferred": "Transferred",
    "referral.identified": "The NHS number was found",
    "referral.merged": "Another record of the person became part of this one",
    "referral.merged-away": "Became part of another record",
    "referral.paused": "The clocks were paused",
    "referral.resumed": "The clocks were restarted",
    "case.assessed": "Assessed",
    "case.contacted": "A contact was recorded",
    "case.reviewed": "Reviewed",
    "case.discharged": "Discharged",
    "care-plan.written": "The care plan was written",
    "care-plan.audited": "The care plan was audited",
    "onward.sent": "A partner was asked",
    "onward.answered": "A partner answered",
    "onward.recalled": "A partner's request was called back",
    "carer.identified": "A carer was recorded",
    "carer.assessed": "A carer was assessed",
    "meeting.discussed": "Discussed at a meeting",
}
OPENED: Final = "break-glass"
"""What an alert is about that goes when who was told what is read."""
FORM_OF: Final[Mapping[ListStage, Done]] = {
    "triage": "triage",
    "information": "triage",
    "first-contact": "contact",
    "assessment": "assessment",
    "care-plan": "plan",
    "review": "review",
}
"""The form by which the next thing is done."""
WAYS: Final[Mapping[Done, str]] = {
    "triage": "Decide",
    "contact": "Record a contact",
    "assessment": "Write the assessment",
    "plan": "Write the care plan",
    "review": "Record a review",
}
STATUSES: Final[Mapping[str, str]] = {
    "received": "Waits for triage",
    "information-requested": "The sender was asked",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "redirected": "Sent elsewhere",
    "withdrawn": "Withdrawn",
    "closed": "Closed",
}


def reason_lack(said: Mapping[str, object]) -> FieldError | None:
    """What a decision lacks for who reads it later: a coded reason of a rejection, words of another reason, either of what else is no acceptance."""
    decision, code, comment = said.get("decision"), said.get("reason_code"), said.get("comment")
    if decision == "reject" and code is None:
        return FieldError("body.required", "/reason_code", "Choose why it is rejected.")
    if decision != "accept" and code == "other" and comment is None:
        return FieldError("body.required", "/comment", "Say what the other reason is.")
    if decision == "request-information" and code is None and comment is None:
        return FieldError("body.required", "/comment", "Write what you ask the sender.")
    if decision == "redirect" and code is None and comment is None:
        return FieldError(
            "body.required", "/reason_code", "Choose why it is sent elsewhere, or say so below."
        )
    return None


def words(code: str) -> str:
    """A code of the interface as people read it: `first-contact` is `First contact`."""
    return _NAMES.get(code) or code.replace("-", " ").capitalize()


def event_words(event: str) -> str:
    """What happened, in words."""
    return _EVENTS.get(event) or event.replace(".", " ").replace("-", " ").capitalize()


def day_words(day: date) -> str:
    """A day as people write it: `12 June 2026`."""
    return f"{day.day} {day:%B %Y}"


def moment_words(moment: datetime) -> str:
    """An instant as people in England write it: `12 June 2026, 09:30`."""
    local = moment.astimezone(LONDON)
    return f"{day_words(local)}, {local:%H:%M}"


def waiting_words(since: datetime, *, now: datetime) -> str:
    """For how long something waits for its next step: `Waits for 4 days`. Days are those of the calendar in England."""
    days = (now.astimezone(LONDON).date() - since.astimezone(LONDON).date()).days
    if days < 1:
        return "Waits since today"
    return "Waits since yesterday" if days == 1 else f"Waits for {days} days"


def totals(counts: Mapping[str, Mapping[str, int]], state: Urgency) -> int:
    """How many items of a list are in a state, over all stages."""
    return sum(of_stage[state] for of_stage in counts.values())


def items_in(of_stage: Mapping[str, int]) -> int:
    """How many items of a list are in a stage, in every state."""
    return sum(of_stage.values())


def shown_flags(flags: Iterable[str]) -> list[str]:
    """Flags in words, what concerns safety first."""
    first = ("safeguarding", "scene-safety")
    return [words(flag) for flag in sorted(flags, key=lambda flag: flag not in first)]
