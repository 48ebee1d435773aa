"""Bodies of decisions about a referral."""

from typing import Literal

from pydantic import BaseModel, Field

from services.referrals.pathways.rules import Priority
from services.referrals.triage.reasons import ReasonCode
from shared.http.bodies import RequestBody
from shared.http.text import Note

Decision = Literal["accept", "reject"]


class TriageRequest(RequestBody):
    """A case manager's decision."""

    decision: Decision
    reason_code: str | None = Field(default=None, description="One of `GET /v1/reason-codes`; not for accept")
    comment: Note | None = None
    priority: Priority | None = Field(default=None, description="Of an accepted referral, where it changes")


class WithdrawalRequest(RequestBody):
    """Why a referral is withdrawn."""

    reason_code: str | None = Field(default=None, description="One of `GET /v1/reason-codes`")
    comment: Note | None = None


class ReasonCodeList(BaseModel):
    """Every coded reason."""

    items: tuple[ReasonCode, ...]
