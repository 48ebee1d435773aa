"""The body of a referral as a sender writes it, and the answer as the sender reads it."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from services.referrals.identity import rules as identity
from services.referrals.identity.schemas import Email, Flags, Phone, Postcode, checked
from services.referrals.intake.rules import LEGAL_BASES, Claim
from services.referrals.pathways.rules import Priority
from services.referrals.records.schemas import DueAnswer
from services.referrals.records.states import Status
from shared.http.bodies import RequestBody
from shared.http.dates import AwareInstant, PastDate
from shared.http.text import Name, Note
from shared.registry.names import OrganisationCode, PracticeCode

# The sixteen-plus-one ethnic categories of the census, with Z not stated and 99 not known.
# Source: NHS Data Dictionary, ETHNIC CATEGORY.
ETHNIC_CATEGORIES = frozenset((*"ABCDEFGHJKLMNPRSZ", "99"))


def _ethnic_category(text: str) -> str:
    if text not in ETHNIC_CATEGORIES:
        raise identity.Fault("code.unknown", "An ethnic category is a code of the NHS Data Dictionary.")
    return text


def _message_id(text: str) -> str:
    if not (0 < len(text) <= 255 and text.isascii() and text.isprintable()):  # noqa: PLR2004 - as Idempotency-Key
        raise identity.Fault("idempotency.format", "A message id has 1 to 255 printable ASCII characters.")
    return text


def _string(value: object) -> object:
    if value is not None and not isinstance(value, str):
        raise PydanticCustomError("nhs_number.type", "An NHS number is a string of ten digits.")
    return value


NhsNumber = Annotated[str | None, BeforeValidator(_string)]
Ethnicity = Annotated[
    str, checked(_ethnic_category), Field(description="NHS ethnic category", examples=["A"])
]
MessageId = Annotated[str, checked(_message_id)]
Gender = Literal["female", "male", "other", "unknown"]


class Person(RequestBody):
    """Somebody referred, of whom 999 may know neither name nor birth date yet."""

    nhs_number: NhsNumber = Field(default=None, examples=["9990000018"])
    local_id: Name | None = None
    local_system: Name | None = Field(default=None, examples=["https://housing.example/person"])
    family: Name | None = None
    given: Name | None = None
    birth_date: PastDate | None = None
    birth_date_estimated: bool | None = False
    gender: Gender | None = None
    ethnicity: Ethnicity | None = None
    accommodation: Name | None = None
    postcode: Postcode | None = None
    staying_at: Postcode | None = Field(default=None, description="Postcode of where the person is staying")
    phone: Phone | None = None
    email: Email | None = None
    flags: Flags | None = None
    registered_practice: PracticeCode | None = Field(default=None, examples=["A82026"])


class Patient(Person):
    """The person referred. Known by an NHS number, or by a local identifier until it has been traced."""

    family: Name
    birth_date: PastDate


class Requester(RequestBody):
    """Who asks: an organisation with an ODS code, a partner without one, or the person or family."""

    ods: OrganisationCode | None = Field(default=None, examples=["A82026"])
    partner: Annotated[str, checked(identity.partner_code)] | None = None
    self_referral: bool | None = Field(default=False, alias="self")
    role: Name | None = Field(default=None, examples=["gp"])
    name: Name | None = None


# The person is invented; numbers beginning 999 are test numbers.
EXAMPLE: Final[dict[str, JsonValue]] = {
    "message_id": "8e5fc76d-e1cf-4004-b4b3-5717a5807e86",
    "patient": {
        "nhs_number": "9990000018",
        "family": "Archer",
        "given": "Kathy",
        "birth_date": "1938-02-11",
        "gender": "female",
        "postcode": "LA9 4JE",
        "phone": "01539 722000",
        "registered_practice": "A82026",
    },
    "requester": {"ods": "A82026", "role": "gp", "name": "Dr A Example"},
    "referred_at": "2026-06-12T09:30:00+01:00",
    "pathway": "case-management",
    "priority": "routine",
    "reason_code": "161898004",
    "reason_system": "http://snomed.info/sct",
    "reason": "Fall at home; husband is the main carer",
    "legal_basis": "direct-care",
}


class UnnamedRequest(RequestBody):
    """A referral of somebody who may not be named: a validation request, which 999 sends before it knows more."""

    message_id: MessageId | None = Field(
        default=None, description="The sender's own id: unique for ever in the organisation"
    )
    patient: Person
    requester: Requester
    referred_at: AwareInstant
    pathway: str = Field(description="One of `GET /v1/pathways`", examples=["case-management"])
    priority: Priority | None = Field(default=None, description="Left out, the pathway's own decides")
    reason_code: str | None = Field(default=None, examples=["161898004"])
    reason_system: str | None = Field(default=None, examples=["http://snomed.info/sct"])
    reason: Note | None = None
    legal_basis: str = Field(description=f"One of {', '.join(LEGAL_BASES)}", examples=["direct-care"])
    icc: str | None = Field(
        default=None, description="An ICC's slug, where the sender knows better", examples=["kendal"]
    )
    ethnicity: Ethnicity | None = None

    def claim(self) -> Claim:
        """The members that rules look at."""
        patient, requester = self.patient, self.requester
        return Claim(
            nhs_number=patient.nhs_number,
            local_id=patient.local_id,
            local_system=patient.local_system,
            birth_date=patient.birth_date,
            referred_at=self.referred_at,
            registered_practice=patient.registered_practice,
            ods=requester.ods,
            partner=requester.partner,
            self_referral=requester.self_referral is True,
            pathway=self.pathway,
            legal_basis=self.legal_basis,
            reason_code=self.reason_code,
            reason_system=self.reason_system,
            icc=self.icc,
        )


class ReferralRequest(UnnamedRequest):
    """A referral, as `POST /v1/referrals` takes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    patient: Patient


class WarningAnswer(BaseModel):
    """Something that was taken although it is odd."""

    code: str = Field(examples=["ods.unknown"])
    pointer: str = Field(description="JSON pointer to the value", examples=["/patient/registered_practice"])
    detail: str


class ReferralReceipt(BaseModel):
    """What a sender is told of a referral: where it went and by when it is dealt with."""

    id: UUID
    status: Status
    icc: str = Field(description="The community that works for the person, or `unrouted`")
    team: str | None
    pathway: str
    priority: Priority
    identity: Literal["nhs-number", "tracing"]
    due: DueAnswer
    case_id: UUID | None
    version: int
    referred_at: datetime
    received_at: datetime
    warnings: list[WarningAnswer] = Field(description="What was taken although it is odd")
    identity_conflict_with: list[UUID] | None = Field(
        default=None,
        description="Referrals under this NHS number with another family name or birth date that the caller may read",
    )
    possible_duplicate_of: UUID | None = Field(
        default=None, description="An open referral of this person on this pathway that the caller may read"
    )
