"""Bodies of decisions about a referral."""

from pydantic import BaseModel, Field

from services.referrals.pathways.rules import Priority
from services.referrals.triage.reasons import ReasonCode
from services.referrals.triage.rules import Decision
from shared.http.bodies import RequestBody
from shared.http.text import Name, Note


class TriageRequest(RequestBody):
    """A case manager's decision."""

    decision: Decision
    reason_code: str | None = Field(default=None, description="One of `GET /v1/reason-codes`; not for accept")
    comment: Note | None = Field(
        default=None, description="What the sender reads: a question, an explanation"
    )
    priority: Priority | None = Field(
        default=None, description="Of an accepted or redirected referral, where it changes"
    )
    icc: str | None = Field(default=None, description="Of a redirect: the community that takes it")
    team: str | None = Field(default=None, description="Of a redirect: the team that takes it")
    pathway: str | None = Field(default=None, description="Of a redirect: the pathway that fits")
    to: Name | None = Field(default=None, description="Of a redirect that leaves the platform: where to")


class AnswerRequest(RequestBody):
    """What the sender answers to a question."""

    text: Note


class WithdrawalRequest(RequestBody):
    """Why a referral is withdrawn."""

    reason_code: str | None = Field(default=None, description="One of `GET /v1/reason-codes`")
    comment: Note | None = None


class ReopenRequest(RequestBody):
    """Why a referral that ended is taken up again."""

    comment: Note


class ReasonCodeList(BaseModel):
    """Every coded reason."""

    items: tuple[ReasonCode, ...]
