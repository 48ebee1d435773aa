"""A care plan as it is written and read, and its audit."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.referrals.care_plans.rules import (
    MOST_ACTIONS,
    MOST_CONTACTS,
    MOST_GOALS,
    Form,
    Recommendation,
    Stage,
)
from services.referrals.identity.schemas import Phone
from shared.http.bodies import RequestBody
from shared.http.dates import CalendarDate, PastDate
from shared.http.text import Name, Note


def _at_most(most: int, what: str) -> AfterValidator:
    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(items) > most:
            raise PydanticCustomError("list.too_long", f"A plan has at most {most} {what}.")
        return items

    checked: Callable[[tuple[Any, ...]], tuple[Any, ...]] = check
    return AfterValidator(checked)


class Goal(RequestBody):
    """What the person wants to reach."""

    text: Note


class PlannedAction(RequestBody):
    """What is done about it."""

    text: Note
    code: str | None = Field(default=None, description="SNOMED CT", examples=["871731000000106"])
    owner: Name | None = None
    due_on: CalendarDate | None = None


class CprRecommendation(RequestBody):
    """What was recommended about resuscitation, and how far its form is."""

    recommendation: Recommendation
    stage: Stage
    form: Form | None = None
    discussed_on: PastDate | None = None
    discussed_with: Name | None = Field(default=None, examples=["patient"])
    completed_by: Name | None = None
    completed_on: PastDate | None = None
    kept_at: Name | None = None


class PlanContact(RequestBody):
    """Who is to be called."""

    name: Name
    relationship: Name = Field(examples=["spouse"])
    phone: Phone | None = None
    carer: bool = False


class CarePlanRequest(RequestBody):
    """A whole care plan: it replaces the one before."""

    goals: Annotated[tuple[Goal, ...], _at_most(MOST_GOALS, "goals")] = ()
    actions: Annotated[tuple[PlannedAction, ...], _at_most(MOST_ACTIONS, "actions")] = ()
    advance_care_preferences: Note | None = None
    cpr_recommendation: CprRecommendation | None = None
    contacts: Annotated[tuple[PlanContact, ...], _at_most(MOST_CONTACTS, "contacts")] = ()
    review_on: CalendarDate | None = None
    consent_to_share: bool = Field(
        default=False, description="Whether the person agrees that a hospital reads it"
    )


class PlanSearch(RequestBody):
    """Whose plan is looked for, and what for."""

    nhs_number: str
    purpose: Name = Field(description="`direct-care`; a plan serves nothing else")
    reason: Note | None = Field(default=None, description="Of a hospital: why it looks")


class GoalAnswer(BaseModel):
    """What the person wants to reach."""

    text: str


class ActionAnswer(BaseModel):
    """What is done about it."""

    text: str
    code: str | None = None
    owner: str | None = None
    due_on: date | None = None


class CprAnswer(BaseModel):
    """What was recommended about resuscitation, and how far its form is."""

    recommendation: Recommendation
    stage: Stage
    form: Form | None = None
    discussed_on: date | None = None
    discussed_with: str | None = None
    completed_by: str | None = None
    completed_on: date | None = None
    kept_at: str | None = None


class PlanContactAnswer(BaseModel):
    """Who is to be called."""

    name: str
    relationship: str
    phone: str | None = None
    carer: bool


class CarePlanWarning(BaseModel):
    """Something odd that was taken as it is."""

    code: str
    pointer: str
    detail: str


class CarePlanAnswer(BaseModel):
    """A care plan in one of its versions."""

    id: UUID
    case_id: UUID
    version: int
    goals: list[GoalAnswer]
    actions: list[ActionAnswer]
    advance_care_preferences: str | None = None
    cpr_recommendation: CprAnswer | None = None
    contacts: list[PlanContactAnswer]
    review_on: date | None = None
    consent_to_share: bool
    by: str
    recorded_at: datetime
    warnings: list[CarePlanWarning] | None = None


class PlanList(BaseModel):
    """The plans of one person that the caller may read, the newest of each open case."""

    items: list[CarePlanAnswer]


class PlanVersion(BaseModel):
    """That a version of a plan was written."""

    version: int
    by: str
    recorded_at: datetime


class AuditItems(RequestBody):
    """What an audit of a plan looks at."""

    goals: bool
    actions_owned: bool
    preferences: bool
    cpr_complete: bool
    contacts: bool
    review_in_date: bool
    shared: bool


class PlanAuditRequest(RequestBody):
    """What an audit of a plan found."""

    audited_on: PastDate
    items: AuditItems


class PlanAuditAnswer(BaseModel):
    """An audit of a plan. plan_version: the version that was the plan when the audit was recorded."""

    id: UUID
    case_id: UUID
    plan_version: int
    audited_on: date
    items: AuditItems
    passed: bool
    by: str
    recorded_at: datetime
