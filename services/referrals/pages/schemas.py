"""What pages are asked with: lists and ids, never a person."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.referrals.pages.rules import Done
from services.referrals.records.states import ListStage, Status
from services.referrals.worklists.rules import Urgency
from shared.http.parameters import CursorParam


class ListPageQuery(BaseModel):
    """Which list is shown, and what of it. done: what was just done to a referral that may be on no list here any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: str | None = Field(None, max_length=80)
    stage: ListStage | Literal["any"] = "any"
    state: Urgency | Literal["any"] = "any"
    cursor: CursorParam = None
    done: Literal["triage", "transfer"] | None = None


class SentPageQuery(BaseModel):
    """Which part is shown of what was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status | Literal["any"] = "any"
    cursor: CursorParam = None


class RecordPageQuery(BaseModel):
    """What was just done to a referral, which its page says. open: the form that somebody asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: Done | None = None
    open: Done | None = None
