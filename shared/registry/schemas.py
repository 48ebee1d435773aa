"""What the registry answers over HTTP: a place of any level, and a practice with its history."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.months import Month
from shared.registry.entries import Level


class Answer(BaseModel):
    """A part of an answer; frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StatedPopulation(Answer):
    """People as a document states them."""

    people: int
    month: Month
    approximate: bool
    source: str = Field(examples=["ICC annual report 2019/20"])


class RegisteredPeople(Answer):
    """People on the lists of the place's practices; `month` is that of the oldest list added."""

    people: int
    month: Month
    practices: int = Field(description="How many lists were added")
    without_list: list[str] = Field(description="Open practices whose list size is not known")


class PopulationAnswer(Answer):
    """The two populations of a place; they differ, and neither is made from the other."""

    stated: StatedPopulation | None
    registered: RegisteredPeople | None


class PracticeBrief(Answer):
    """A practice as a place lists it."""

    ods: str
    name: str
    postcode: str


class PcnBrief(Answer):
    """A primary care network as a place lists it."""

    code: str
    name: str


class CouncilBrief(Answer):
    """A council that serves a place; `part`: only a part of it."""

    slug: str
    name: str
    kind: Literal["county", "unitary", "district"]
    part: bool


class TeamBrief(Answer):
    """A team that takes work for a place, by the kinds of work."""

    code: str
    name: str
    kinds: list[str]


class RoleBrief(Answer):
    """A post in a place or in one of its networks; the holder where one is known."""

    post: str
    title: str
    pcn: str | None
    holder: str | None
    valid_from: date
    valid_to: date | None


class CareHomeBrief(Answer):
    """A care home in a place."""

    code: str
    name: str
    cqc_location: str | None
    beds: int | None


class SchoolBrief(Answer):
    """A school in a place. urn: its number in the government's register."""

    code: str
    name: str
    urn: str | None
    phase: str | None


class PlaceAnswer(Answer):
    """A community, line, network, council or practice as it stood on the day `as_at`."""

    slug: str = Field(description="As `community=` takes it", examples=["mill-town", "pcn:U00001"])
    name: str
    level: Level | Literal["line"]
    parent: str | None
    children: list[str]
    counts_as_icc: bool
    valid_from: date | None
    valid_to: date | None
    aliases: list[str]
    profile: str | None
    population: PopulationAnswer
    practices: list[PracticeBrief]
    pcns: list[PcnBrief]
    councils: list[CouncilBrief]
    teams: list[TeamBrief]
    roles: list[RoleBrief]
    care_homes: list[CareHomeBrief]
    schools: list[SchoolBrief]
    lsoas: list[str] = Field(
        description="Areas whose people live in the community, those of its sub-communities included"
    )
    postcode_areas: list[str] = Field(
        description="Outward codes and sectors that lie in it without doubt", examples=[["LA9"]]
    )
    trusts: list[str] = Field(description="Acute trusts of the whole system, at its level only")
    as_at: date


class SuccessorAnswer(Answer):
    """The practice that carries a closed one on, and whether that is assumed."""

    ods: str
    from_day: date
    assumed: bool


class MembershipAnswer(Answer):
    """The community or line a practice is in between two days, both included."""

    community: str
    valid_from: date
    valid_to: date | None
    assumed: bool


class ListSizeAnswer(Answer):
    """Registered patients on the first day of a month."""

    month: Month
    people: int


class PracticeAnswer(Answer):
    """A GP practice as it stood on the day `as_at`; a closed one counts where its successor does."""

    ods: str
    name: str
    postcode: str | None
    status: Literal["planned", "open", "closed", "outside"]
    valid_from: date | None
    valid_to: date | None
    icc: str = Field(description="The community it counts to, or a line", examples=["mill-town"])
    pcn: PcnBrief | None
    councils: list[CouncilBrief]
    successor: SuccessorAnswer | None
    memberships: list[MembershipAnswer]
    list_sizes: list[ListSizeAnswer]
    as_at: date
