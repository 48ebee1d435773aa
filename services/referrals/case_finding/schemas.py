"""A list as it arrives, and cohorts as they are told: under pseudonyms."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field, SkipValidation
from pydantic_core import PydanticCustomError

from services.referrals.case_finding.exchange import Form, ListRead, Question
from services.referrals.case_finding.list_process import ListReader
from services.referrals.case_finding.rules import LIST_BYTES, Band, ListRefused, MemberStatus
from services.referrals.intake.schemas import Patient
from shared.http.bodies import RequestBody, read_body
from shared.http.digests import check_digests, stated_digests
from shared.http.matching import check_content_type
from shared.http.parameters import LONGEST_LIST
from shared.http.text import Note
from shared.months import london_day
from shared.problems import Invalid
from shared.service.platform import Platform
from shared.spreadsheets import XLSX

CSV, BYTES = "text/csv", "application/octet-stream"
_ZIP: Final = b"PK"
"""How a workbook begins, where nobody says what the bytes are."""


class ListBody(RequestBody):
    """The list as it was read. Its digest stands for it under a key for repeats."""

    identifies: ClassVar[bool] = True
    digest: str
    found: Annotated[ListRead, SkipValidation] = Field(exclude=True, repr=False)

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> Self:
        """The file as the body itself, read before the transaction begins, which must not wait for a child process.

        `Content-Digest`, where it was sent, must be that of the body. Raises Invalid, Unavailable.
        """
        kind = check_content_type(request, (CSV, XLSX, BYTES))
        stated = stated_digests(request.headers.getlist("content-digest"))
        content = await read_body(request, limit=LIST_BYTES)
        await asyncio.to_thread(check_digests, content, stated)
        is_workbook = kind == XLSX or (kind == BYTES and content.startswith(_ZIP))
        question = _question("xlsx" if is_workbook else "csv", request.app.state.platform, now=now)
        reader: ListReader = request.app.state.list_reader
        try:
            found = await reader.read(content, question)
        except ListRefused as refused:
            raise Invalid.one(refused.code, "", refused.detail) from None
        return cls(digest=hashlib.sha256(content).hexdigest(), found=found)

    @classmethod
    def described(cls, media_types: Sequence[str]) -> dict[str, Any]:  # noqa: ARG003 -- of every body
        """What OpenAPI says of it."""
        # A client that was generated sends a file as bytes.
        forms = {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            BYTES: {"schema": {"type": "string", "format": "binary"}},
        }
        return {"requestBody": {"required": True, "content": forms}}


def _question(form: Form, platform: Platform, *, now: datetime) -> Question:
    file = platform.registry.file
    return Question(
        form=form,
        today=london_day(now),
        practices=frozenset(
            [*(one.code for one in file.practices), *(one.code for one in file.outside_practices)]
        ),
        strict=platform.settings.environment == "production",
    )


class Quarantined(BaseModel):
    """A row that was set aside. row: its line in the file, the header's being 1."""

    row: int
    code: str
    column: str
    detail: str


class CohortCounts(BaseModel):
    """A cohort, and how many people of each band are in it."""

    id: UUID
    name: str
    counts: dict[Band, int]


class ListAnswer(BaseModel):
    """What became of a list. updated: people who were in the cohort before, with other values."""

    id: UUID
    rows: int
    added: int
    updated: int
    unchanged: int
    quarantined: list[Quarantined]
    cohort: CohortCounts


class MemberAnswer(BaseModel):
    """One person of a cohort. Who it is only the practice learns."""

    id: UUID
    pseudonym: str
    practice: str
    icc: str
    instrument: str
    band: Band
    measured_on: date
    status: MemberStatus


class CohortAnswer(CohortCounts):
    """A cohort as far as the caller sees it: counts of whom the filters let pass, and a page of them."""

    items: list[MemberAnswer]
    next: str | None


def _few(members: tuple[UUID, ...]) -> tuple[UUID, ...]:
    if not members:
        raise PydanticCustomError("body.required", "Name at least one.")
    if len(members) > LONGEST_LIST:
        raise PydanticCustomError("list.too_long", f"Ask for {LONGEST_LIST} people at most.")
    return members


class ReidentifyBody(RequestBody):
    """Whom a practice wants to know of its own."""

    members: Annotated[tuple[UUID, ...], AfterValidator(_few)]


class KnownMember(BaseModel):
    """Who a member is. nhs_number: null where the list gave a pseudonym, which this service cannot turn back."""

    id: UUID
    nhs_number: str | None


class KnownMembers(BaseModel):
    """Who they are, in the order in which they were asked for."""

    items: list[KnownMember]


MOST_INVITED = 200


class InvitedPerson(RequestBody):
    """Who a member is, as the practice's own system knows them. The number must be the one of the list."""

    id: UUID
    patient: Patient


def _few_invited(members: tuple[InvitedPerson, ...]) -> tuple[InvitedPerson, ...]:
    if not members:
        raise PydanticCustomError("body.required", "Name at least one.")
    if len(members) > MOST_INVITED:
        raise PydanticCustomError("list.too_long", f"Invite {MOST_INVITED} people at most.")
    return members


class InviteBody(RequestBody):
    """Whom a practice invites, and for what."""

    members: Annotated[tuple[InvitedPerson, ...], AfterValidator(_few_invited)]
    pathway: str = Field(default="case-management", description="One of `GET /v1/pathways`")
    reason: Note | None = None


class InvitedMember(BaseModel):
    """An invited member, as the practice is told of them."""

    id: UUID
    status: MemberStatus
    referral_id: UUID | None
    case_id: UUID | None


class Invited(BaseModel):
    """The invited, in the order in which they were named."""

    items: list[InvitedMember]


class InvitationAnswer(RequestBody):
    """What an invited person said."""

    answer: Literal["accepted", "declined"]
