"""The page of a community's needs."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.referrals.case_finding.rules import Band


class NeedCount(BaseModel):
    """A count. value: null where it is hidden, and then `suppressed`."""

    value: int | None
    suppressed: bool


class ReasonCount(NeedCount):
    """Referrals with one coded reason; code and system are null for those without one."""

    code: str | None
    system: str | None


class PathwayCount(NeedCount):
    """Referrals on one pathway."""

    pathway: str


class ThemeCount(NeedCount):
    """Insights of one theme."""

    theme: str


class UnmetCount(NeedCount):
    """What was declined because there was no room: a pathway at triage, or a service of the directory."""

    kind: str = Field(examples=["pathway", "service"])
    key: str


class Waits(BaseModel):
    """How long people waited for a decision. triaged: decisions of the quarter; in_time: those within the pathway's standard."""

    triaged: NeedCount
    in_time: NeedCount
    median_days: int | None


class NeedsAnswer(BaseModel):
    """What a community needs in a quarter. exact: whether these are the figures as they stand, or those that were published."""

    icc: str
    quarter: str
    exact: bool
    published_at: datetime | None
    risk_bands: dict[Band, NeedCount]
    reasons: list[ReasonCount] = Field(description="The 20 most frequent")
    pathways: list[PathwayCount]
    insights: list[ThemeCount]
    waits: Waits
    unmet: list[UnmetCount]
