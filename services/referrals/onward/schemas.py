"""Bodies and answers of onward referrals."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.referrals.directory.rules import Open
from services.referrals.onward.rules import AnsweredBy, OnwardStatus, Response
from shared.http.bodies import RequestBody
from shared.http.text import Note


class OnwardRequest(RequestBody):
    """What is asked of a partner's service."""

    service: str = Field(description="The key of a service: `adult-social-care-ot`, `physiotherapy` …")
    reason: Note = Field(description="What the partner reads")


class RespondRequest(RequestBody):
    """The partner's answer."""

    status: Response
    outcome: Note | None = None
    reason_code: str | None = Field(
        default=None, description="Of a declined one: one of `GET /v1/reason-codes`"
    )
    open: Open | None = Field(
        default=None,
        description="Whether the service takes more people now, by itself or its link alone: the directory says so from then on",
    )


class OnwardPerson(BaseModel):
    """Whom it is about, as far as the partner may know. flags come first wherever the person is shown."""

    flags: list[str]
    name: str
    birth_date: date | None = None
    nhs_number: str | None = None
    phone: str | None = None
    postcode: str | None = None


class OnwardWarning(BaseModel):
    """Something that was taken although it is odd: `entry.stale`, `entry.closed`."""

    code: str
    pointer: str
    detail: str


class OnwardAnswer(BaseModel):
    """One onward referral. case_id and case_version: for who works the case.   person: while it may be shared."""

    id: UUID
    case_id: UUID | None = None
    case_version: int | None = None
    service: str
    service_name: str
    status: OnwardStatus
    overdue: bool
    sent_at: datetime
    due: datetime
    reason: str
    person: OnwardPerson | None = None
    outcome: str | None
    reason_code: str | None
    answered_at: datetime | None
    answered_by: AnsweredBy | None
    link: str | None = Field(
        default=None, description="The one-time link, told once: it answers for the partner"
    )
    version: int
    warnings: list[OnwardWarning] | None = None
