"""Partners and services as they are written and told."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.referrals.directory.rules import USUAL_WORKING_DAYS, Age, Need, Open, PartnerKind, State
from services.referrals.identity.rules import partner_code
from services.referrals.identity.schemas import Email, Phone, Postcode, checked
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate
from shared.http.text import LONGEST_NAME, Name, Note, at_most
from shared.http.web_addresses import WebAddress
from shared.workbooks.impersonal import ImpersonalBody

MOST = 50
MOST_DAYS = 90
MOST_PEOPLE = 100_000
DEFAULT_UNIT = "places"
Code = Annotated[str, checked(partner_code)]


def _few(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(given) > MOST:
        raise PydanticCustomError("list.too_long", f"There may be {MOST} at most.")
    if len(set(given)) < len(given):
        raise PydanticCustomError("row.duplicate", "The same stands here twice.")
    return given


Few = AfterValidator(_few)
Schools = Annotated[
    tuple[Name, ...],
    Few,
    Field(description="Codes of the registry's schools that it reached, of the own communities"),
]


class PartnerContact(RequestBody):
    """How the organisation is reached; no names of people."""

    phone: Phone | None = None
    email: Email | None = None
    url: Annotated[WebAddress, at_most(LONGEST_NAME)] | None = None


def _some(given: tuple[str, ...]) -> tuple[str, ...]:
    if not given:
        raise PydanticCustomError("body.required", "Name at least one community.")
    return given


class PartnerChange(ImpersonalBody):
    """What is said of a partner."""

    name: Name
    kind: PartnerKind
    contact: PartnerContact | None = None
    communities: Annotated[tuple[Name, ...], Few, AfterValidator(_some)] = Field(
        description="Slugs, of any level"
    )


class PartnerBody(PartnerChange):
    """A partner that is new."""

    code: Code = Field(examples=["age-uk"], description="Its tokens bear it as `org`")


class ServicePlace(ImpersonalBody):
    """Where a service is given."""

    name: Name
    postcode: Postcode | None = None


class Capacity(ImpersonalBody):
    """Whether a service takes people, as it said on a day. unit: what `places` counts."""

    unit: Name = Field(default=DEFAULT_UNIT, examples=["people", "hours a week"])
    open: Open
    places: int | None = Field(default=None, ge=0, le=MOST_PEOPLE)
    as_of: PastDate


class ServiceChange(ImpersonalBody):
    """What is said of a service."""

    name: Name
    description: Note | None = None
    pathway: Name | None = Field(default=None, description="One of `GET /v1/pathways`")
    ages: Annotated[tuple[Age, ...], Few] = Field(default=(), description="Everybody where none is named")
    needs: Annotated[tuple[Need, ...], Few] = ()
    places: Annotated[tuple[ServicePlace, ...], Few] = ()
    lived_experience: bool = False
    peer_led: bool = False
    volunteers: int | None = Field(default=None, ge=0, le=MOST_PEOPLE)
    capacity: Capacity | None = None
    assured_on: PastDate | None = None
    working_days: int = Field(
        default=USUAL_WORKING_DAYS, ge=1, le=MOST_DAYS, description="By when it answers what it is asked"
    )


class ServiceBody(ServiceChange):
    """A service that is new."""

    partner: Name = Field(examples=["age-uk"])
    key: Code = Field(examples=["befriending-kendal"])


class CapacityBody(Capacity):
    """Whether a service takes people: from its partner, or from the development lead."""


class PartnerContactAnswer(BaseModel):
    """How the organisation is reached."""

    phone: str | None
    email: str | None
    url: str | None


class PartnerAnswer(BaseModel):
    """One partner. source: what names it, null for one that was written here."""

    code: str
    version: int
    name: str
    kind: PartnerKind
    contact: PartnerContactAnswer
    communities: list[str]
    source: str | None


class ServicePlaceAnswer(BaseModel):
    """Where a service is given."""

    name: str
    postcode: str | None


class CapacityAnswer(BaseModel):
    """Whether a service takes people."""

    unit: str
    open: Open
    places: int | None
    as_of: date


class ServiceAnswer(BaseModel):
    """One service. state: `stale` where nobody assured its entry for six months, `closed` where it takes nobody."""

    key: str
    version: int
    name: str
    description: str | None
    partner: str | None
    kind: PartnerKind
    communities: list[str]
    pathway: str | None
    ages: list[Age]
    needs: list[Need]
    places: list[ServicePlaceAnswer]
    lived_experience: bool
    peer_led: bool
    volunteers: int | None
    capacity: CapacityAnswer | None
    working_days: int
    assured_on: date | None
    state: State
    needs_consent: bool = Field(description="Whether the person must agree before it is told of them")
    source: str | None
