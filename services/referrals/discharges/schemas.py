"""The body of a discharge."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.referrals.cases.rules import Outcome
from services.referrals.discharges.rules import MOST_AVOIDED, MOST_OF_A_KIND, AvoidedKind, Judge
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate


class Avoided(RequestBody):
    """Activity that staff judge to have been avoided."""

    kind: AvoidedKind
    count: int = Field(ge=1, le=MOST_OF_A_KIND)
    judged_by: Judge


def _few(avoided: tuple[Avoided, ...]) -> tuple[Avoided, ...]:
    if len(avoided) > MOST_AVOIDED:
        raise PydanticCustomError("list.too_long", f"A discharge names at most {MOST_AVOIDED} kinds.")
    return avoided


class DischargeRequest(RequestBody):
    """How a case ended."""

    discharged_on: PastDate
    outcome: Outcome
    avoided: Annotated[tuple[Avoided, ...], AfterValidator(_few)] = ()
