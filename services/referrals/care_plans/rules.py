"""What a care plan must say, and who reads it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal

from services.referrals.records.snomed import concept_fault
from shared.problems import FieldError

MOST_GOALS: Final = 50
MOST_ACTIONS: Final = 50
MOST_CONTACTS: Final = 20
Recommendation = Literal["do-not-attempt", "attempt"]
Stage = Literal["discussed", "form-requested", "form-complete"]
Form = Literal["dnacpr", "respect"]
DIRECT_CARE: Final = "direct-care"
CPR: Final = "/cpr_recommendation"


def code_faults(codes: Sequence[str | None]) -> Iterator[FieldError]:
    """What is wrong with the codes of actions, which are SNOMED CT's. codes: of each action in its order."""
    for place, code in enumerate(codes):
        fault = None if code is None else concept_fault(code)
        if fault is not None:
            yield FieldError("code.invalid", f"/actions/{place}/code", fault)


def cpr_faults(
    *, stage: Stage, completed_by: str | None, discussed_on: date | None, completed_on: date | None
) -> Iterator[FieldError]:
    """What is wrong with a recommendation about resuscitation: a form is complete by somebody, on a day after the talk."""
    if stage == "form-complete":
        for name, value in (("completed_by", completed_by), ("completed_on", completed_on)):
            if value is None:
                yield FieldError("body.required", f"{CPR}/{name}", "A complete form says by whom and when.")
    if completed_on is not None and discussed_on is not None and completed_on < discussed_on:
        yield FieldError("date.order", f"{CPR}/completed_on", "The form was completed before the talk.")


def plan_warnings(review_on: date | None, *, today: date) -> Iterator[FieldError]:
    """What is odd about a plan that is taken: history is loaded, so a review may be long due."""
    if review_on is not None and review_on < today:
        yield FieldError("date.order", "/review_on", "The review was due before this was written.")


def search_faults(*, reason: str | None, hospital: bool) -> Iterator[FieldError]:
    """What is wrong with a search for a person's plan: a hospital says why it looks."""
    if hospital and reason is None:
        yield FieldError("consent.required", "/reason", "A hospital says why it reads a person's plan.")


def may_find(org: str | None, *, practice: str | None, hospital: bool, shared: bool) -> bool:
    """Whether an organisation finds a person's plan: the registered practice, and any hospital if the person shares it."""
    return org is not None and (org == practice or (hospital and shared))


def may_read(org: str | None, *, practice: str | None, sent_by: str, shared: bool) -> bool:
    """Whether an organisation reads a plan: the registered practice, and who sent the referral if the person shares it."""
    return org is not None and (org == practice or (org == sent_by and shared))
