"""A referral as those who may read it see it, and the bodies of a search."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.referrals.identity.schemas import Email, FlagAnswer, Flags, Phone, Postcode
from services.referrals.pathways.rules import Priority
from services.referrals.records.states import Stage, Status
from shared.http.bodies import ReadOnly, RequestBody
from shared.http.dates import CalendarDate
from shared.http.parameters import DEFAULT_LIST, CursorParam, Flag, Limit
from shared.http.text import Name


class DueAnswer(BaseModel):
    """By when a referral is to be triaged and its work to start, counted from its receipt."""

    triage_by: datetime
    start_by: datetime


class PatientAnswer(BaseModel):
    """The person referred, as last known."""

    nhs_number: str | None = None
    local_id: str | None = None
    local_system: str | None = None
    family: str | None = Field(
        default=None, description="Absent of somebody whom 999 could not name yet, as the birth date is"
    )
    given: str | None = None
    birth_date: date | None = None
    birth_date_estimated: bool = False
    gender: str | None = None
    ethnicity: str | None = None
    accommodation: str | None = None
    postcode: str | None = None
    staying_at: str | None = None
    phone: str | None = None
    email: str | None = None
    flags: list[FlagAnswer] | None = None
    registered_practice: str | None = None


class RequesterAnswer(BaseModel):
    """Who asked."""

    model_config = ConfigDict(populate_by_name=True)

    ods: str | None = None
    partner: str | None = None
    self_referral: bool | None = Field(default=None, alias="self")
    role: str | None = None
    name: str | None = None


class ReferralAnswer(BaseModel):
    """A referral as it stands."""

    id: UUID
    status: Status
    icc: str = Field(description="The community that works for the person, or `unrouted`")
    team: str | None
    pathway: str
    priority: Priority
    identity: Literal["nhs-number", "tracing"]
    due: DueAnswer
    stage: Stage | None = Field(description="What it waits for; null once it has ended")
    assignee: str | None = Field(description="The `sub` of who has it; null: its team")
    case_id: UUID | None
    version: int
    referred_at: datetime
    received_at: datetime
    legal_basis: str
    reason_code: str | None = None
    reason_system: str | None = None
    reason: str | None = None
    patient: PatientAnswer
    requester: RequesterAnswer
    identity_conflict_with: list[UUID] | None = Field(
        default=None,
        description="Referrals under this NHS number with another family name or birth date that the caller may read",
    )
    possible_duplicate_of: UUID | None = None
    merged_into: UUID | None = Field(
        default=None,
        description="The record that the one asked for became part of, which is what is answered",
    )


class ListQuery(BaseModel):
    """What a list is narrowed to, and which page of it is wanted."""

    model_config = ConfigDict(frozen=True)

    icc: str | None = Field(
        None,
        description="Communities of any level, or `unrouted`; comma separated for several",
        examples=["kendal"],
    )
    status: Status | None = None
    pathway: str | None = Field(None, description="One of `GET /v1/pathways`", examples=["case-management"])
    team: str | None = Field(None, description="A team's code", examples=["kendal-icc"])
    overdue: Flag | None = None
    first: CalendarDate | None = Field(None, alias="from", description="The first day of referral")
    last: CalendarDate | None = Field(None, alias="to", description="The last day of referral")
    limit: Limit = DEFAULT_LIST
    cursor: CursorParam = None


class EventAnswer(BaseModel):
    """One thing that happened to a referral."""

    event: str = Field(examples=["referral.received"])
    at: datetime
    by: str = Field(description="The name in the token where it gave one, else the client")
    decision: str | None = Field(default=None, description="Of a triage")
    reason_code: str | None = Field(default=None, description="Of a decision, one of `GET /v1/reason-codes`")
    comment: str | None = Field(default=None, description="What was said with it")
    icc: str | None = Field(default=None, description="The community that it was sent on to")
    team: str | None = Field(default=None, description="The team that it was sent on to")
    pathway: str | None = Field(default=None, description="The pathway that it was moved to")
    practice: str | None = Field(default=None, description="Where the person is registered since")
    to: str | None = Field(default=None, description="Where it left the platform to")
    changed: str | None = Field(default=None, description="Which members changed")
    assignee: str | None = Field(
        default=None, description="Of `referral.assigned`: the `sub` of who got it; null: the team"
    )


class History(BaseModel):
    """Everything that happened to a referral, oldest first."""

    items: list[EventAnswer]


class PatientChange(RequestBody):
    """What of a person may change; null removes it. All else belongs to who the person is."""

    phone: Phone | None = None
    email: Email | None = None
    postcode: Postcode | None = None
    staying_at: Postcode | None = None
    flags: Flags | None = None
    nhs_number: ReadOnly = None
    local_id: ReadOnly = None
    local_system: ReadOnly = None
    family: ReadOnly = None
    given: ReadOnly = None
    birth_date: ReadOnly = None
    gender: ReadOnly = None
    ethnicity: ReadOnly = None
    registered_practice: ReadOnly = None
    accommodation: ReadOnly = None
    birth_date_estimated: ReadOnly = None


class ReferralChange(RequestBody):
    """A merge patch of a referral (RFC 7396): members that are left out stay as they are."""

    priority: Priority | None = Field(default=None, description="Only a case manager changes it")
    patient: PatientChange | None = None
    id: ReadOnly = None
    version: ReadOnly = None
    status: ReadOnly = None
    identity: ReadOnly = None
    due: ReadOnly = None
    case_id: ReadOnly = None
    possible_duplicate_of: ReadOnly = None
    requester: ReadOnly = None
    legal_basis: ReadOnly = None
    received_at: ReadOnly = None
    icc: ReadOnly = None
    team: ReadOnly = None
    pathway: ReadOnly = None
    reason: ReadOnly = None
    reason_code: ReadOnly = None
    reason_system: ReadOnly = None
    referred_at: ReadOnly = None


class PersonSearch(RequestBody):
    """Whose referrals to find: by NHS number, or by an identifier and the system that gave it."""

    nhs_number: str | None = None
    local_id: Name | None = None
    local_system: Name | None = None
