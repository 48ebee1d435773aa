"""What is wrong with a form, in words for somebody who sees a page and no members of a body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.referrals.pages.rules import Done
from services.referrals.pages.saying import pointer_in_form
from shared.problems import FieldError, PreconditionFailed, Problem
from shared.service.browsing.forms import Filled

STALE: Final = (
    "Somebody changed this record while your page was open, and nothing of yours was kept. What stands here now is the "
    "record as it is: look again, and send the form once more if it still fits."
)
STALE_PLAN: Final = (
    "Somebody wrote another version of this plan while your page was open, and nothing of yours was kept. Below is what you "
    "wrote; the plan as it is now stands on the person's page. Take over what is missing, then save once more."
)
_NOT_BEFORE: Final = "after the referral and not in the future."
_SAID: Final[Mapping[tuple[str, str], str]] = {
    ("triage", "/decision"): "Choose what is decided.",
    ("triage", "/icc"): "Say where it is sent: another community, team or pathway, or a place outside.",
    ("assign", "/assignee"): "Say who has it from now on.",
    ("reply", "/text"): "Write your answer.",
    ("pause", "/reason"): "Choose why the clocks are paused.",
    ("reopen", "/comment"): "Say why it is taken up again.",
    ("withdraw", "/reason_code"): "Choose a reason of the list.",
    ("transfer", "/reason"): "Say why.",
    (
        "transfer",
        "/icc",
    ): "Say where it goes: a community, a team, or the practice where the person is registered now.",
    ("transfer", "/practice"): "Give the ODS code of the practice, like A82026.",
    ("contact", "/at"): f"Give the day and time of the contact, {_NOT_BEFORE}",
    ("contact", "/kind"): "Choose how it was.",
    ("contact", "/with"): "Choose with whom it was.",
    ("contact", "/outcome"): "Choose what came of it.",
    ("contact", "/face_to_face"): "Only a visit is face to face.",
    ("assessment", "/assessed_on"): f"Give the day of the assessment, {_NOT_BEFORE}",
    ("assessment", "/kind"): "Say what kind of assessment it was.",
    ("assessment", "/domains"): "Write down what you found in one area at least.",
    ("assessment", "/domains/*/findings"): "Say what you found, or choose no risk here.",
    ("plan", "/review_on"): "Give the day on which the plan is looked at again, after the referral.",
    ("plan", "/actions/*/text"): "Say what is done, or empty this line.",
    ("plan", "/actions/*/due_on"): "Give a day, or none.",
    ("plan", "/contacts/*/name"): "Say who it is, or empty this line.",
    ("plan", "/contacts/*/relationship"): "Say who this is to the person: husband, neighbour …",
    ("plan", "/cpr_recommendation/recommendation"): "Choose what was recommended, or empty this part.",
    ("plan", "/cpr_recommendation/stage"): "Choose how far the form is.",
    ("plan", "/cpr_recommendation/completed_by"): "A complete form says who completed it.",
    ("plan", "/cpr_recommendation/completed_on"): "A complete form says on which day, after the talk.",
    ("review", "/reviewed_on"): f"Give the day of the review, {_NOT_BEFORE}",
    ("review", "/summary"): "Say what the review came to.",
    ("review", "/next_review_on"): "Give a day after this review, or none.",
    ("onward", "/service"): "Choose who is asked.",
    ("onward", "/reason"): "Say what is asked: it is what the partner reads.",
    ("answer", "/status"): "Choose what the partner answered.",
    ("answer", "/reason_code"): "Choose a reason only where the partner declined.",
    ("consent", "/scope"): "Choose whom it is shared with.",
    ("consent", "/partner"): "Choose the partner; for hospitals choose none.",
    ("consent", "/given_by"): "Choose who agreed.",
    ("consent", "/on"): "Give the day on which it was given, not in the future.",
    ("consent", "/withdrawn_on"): "Give the day on which it was taken back, after it was given, or none.",
    ("carer", "/name"): "Give the carer's name.",
    ("carer", "/relationship"): "Say who this is to the person: husband, daughter, neighbour …",
    ("carer", "/consent/given_by"): "Choose who agreed that the carer is recorded.",
    ("carer", "/consent/on"): "Give the day on which that was, not in the future.",
    ("action", "/done_on"): "Give the day on which it was done, after the meeting and not in the future.",
    (
        "benefit",
        "/asked_on",
    ): "Give the day on which the person was asked, after the meeting and not in the future.",
    ("benefit", "/self_care"): "Choose how the person manages now.",
    ("benefit", "/judged_by"): "Choose who judged so.",
    ("benefit", "/use_avoided"): "A death is never an activity avoided: empty those lines.",
    ("change", ""): "Nothing was changed: what you sent is what is known already.",
    ("change", "/patient/phone"): "Give a telephone number, or none.",
    ("change", "/patient/email"): "Give an e-mail address, or none.",
    ("change", "/patient/postcode"): "Give a postcode, like LA9 4JE, or none.",
    ("change", "/patient/staying_at"): "Give a postcode, like LA9 4JE, or none.",
    ("audit", "/audited_on"): f"Give the day of the audit, {_NOT_BEFORE}",
    ("identify", "/nhs_number"): "Give the ten digits of the NHS number.",
    ("identify", "/checked"): "Choose where you made sure of it.",
    ("merge", "/into"): "Choose the other record, or copy the address of its page.",
    ("merge", "/reason"): "Say how you know that both are one person.",
    ("reassign", "/from"): "Give the sign-in name of who had the work.",
    ("reassign", "/to"): "Say whose it is from now on.",
    ("cover", "/for"): "Give the sign-in name of who is away.",
    ("cover", "/by"): "Give the sign-in name of somebody else, who stands in.",
    ("cover", "/from"): "Give the first day.",
    ("cover", "/to"): "Give the last day, not before the first.",
    ("discharge", "/discharged_on"): f"Give the day of the discharge, {_NOT_BEFORE}",
    ("discharge", "/outcome"): "Choose how the case ended.",
    ("discharge", "/avoided"): "A death is never an activity avoided: empty those lines.",
    ("refer", "/patient/family"): "Give the family name.",
    ("refer", "/patient/birth_date"): "Give the date of birth, which lies before today.",
    ("refer", "/pathway"): "Choose the pathway.",
}
CONSENT_FIRST: Final = (
    "This partner is told nothing of a person who has not agreed: record the consent first."
)
_PLACE: Final = re.compile(r"/[0-9]+(?=/|\Z)")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was refused. act: which.   form: what was filled in.   problem: why.   thing: where a page has several of them."""

    act: Done
    form: Filled
    problem: Problem
    thing: UUID | None = None

    @property
    def name(self) -> str:
        """What the ids of the form's fields begin with."""
        return self.act if self.thing is None else f"{self.act}-{self.thing}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field. at: the field's id."""

    at: str
    text: str


def refused(attempt: Attempt | None, *, shown: bool, before: Filled | None = None) -> dict[str, Any]:
    """How a page tells of a form that was refused, and keeps what was filled in.

    shown: whether the form stands on the page.   before: what stands in the form of an only act where nothing was refused.
    """
    faults = [] if attempt is None else faults_of(attempt)

    def filled(act: str, name: str, otherwise: str = "") -> str:
        if attempt is not None and attempt.name == act:
            return attempt.form.get(name, "")
        return otherwise if before is None else before.get(name, otherwise)

    return {
        "status": 200 if attempt is None else attempt.problem.status,
        "headers": {} if attempt is None else attempt.problem.headers,
        "attempt": attempt,
        "faults": faults,
        "summary": [{"text": one.text, **({"href": f"#{one.at}"} if shown else {})} for one in faults],
        "filled": filled,
    }


def _words_of(act: Done, one: FieldError) -> str:
    if act == "triage" and one.pointer == "/reason_code" and one.code != "body.required":
        return "Choose a reason that fits the decision; an acceptance takes none."
    return _SAID.get((act, _PLACE.sub("/*", one.pointer)), one.detail)


def faults_of(attempt: Attempt) -> list[Fault]:
    """Why a form was refused, each fault with the id of its field."""
    act, problem = attempt.act, attempt.problem
    if isinstance(problem, PreconditionFailed):
        return [Fault(attempt.name, STALE_PLAN if act == "plan" else STALE)]
    if problem.code == "consent.required":
        return [Fault("consent", CONSENT_FIRST)]
    if not problem.errors:
        return [Fault(attempt.name, problem.detail)]
    return [
        Fault(
            "-".join(filter(None, (attempt.name, pointer_in_form(attempt.form, one.pointer)))),
            _words_of(act, one),
        )
        for one in problem.errors
    ]
