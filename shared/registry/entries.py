"""What the registry file says: one frozen model per kind of entry, every relation with its dates.

The file is reference data written by people, so every member is checked and none may be misspelt. Dates are days
in England; `valid_to` is the last day included, null while it lasts. `assumed` marks what no source states.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.months import Month
from shared.registry.names import OrganisationCode, PracticeCode

CommunityLevel = Literal["system", "oversight", "group", "icc", "sub_community"]
Level = Literal["system", "oversight", "group", "icc", "sub_community", "pcn", "council", "practice"]

LEVELS: tuple[CommunityLevel, ...] = ("system", "oversight", "group", "icc", "sub_community")
"""The levels of communities, widest first: a parent always stands before its children here."""

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
People = Annotated[int, Field(ge=0)]


class Entry(BaseModel):
    """An entry of the file: frozen, strict, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Dated(Entry):
    """An entry that holds between two days, both included."""

    valid_from: date
    valid_to: date | None = None
    assumed: bool = False
    source: Slug | None = None

    @model_validator(mode="after")
    def _ends_no_earlier_than_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def holds(self, on: date) -> bool:
        """Whether the entry is in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class Membership(Dated):
    """A place's belonging to a community, a line or a network (its slug or code) while it lasts."""

    of: Text
    part: bool = False


class Population(Entry):
    """A number of people as a document states it; month: what the document is about."""

    people: People
    month: Month
    approximate: bool = False
    source: Slug


class Community(Dated):
    """A community of any level; `counts_as_icc`: the days in which it is one of the counted communities."""

    slug: Slug
    name: Text
    level: CommunityLevel
    parents: tuple[Membership, ...] = ()
    counts_as_icc: tuple[Dated, ...] = ()
    populations: tuple[Population, ...] = ()
    profile: Text | None = None


class Line(Entry):
    """A row beside the communities for practices that are in none of them.

    `unassigned`: practices of the system whose community is to be confirmed; they count to `counts_to`.
    `outside`: practices that are not of this system; they count to nothing.
    """

    slug: Slug
    name: Text
    kind: Literal["unassigned", "outside"]
    counts_to: Slug | None = None


class ListSize(Entry):
    """Registered patients of a practice on the first day of a month."""

    month: Month
    people: People
    source: Slug


class Succession(Entry):
    """The practice that carries a closed one's patients and history from a day on."""

    practice: PracticeCode
    from_day: date
    assumed: bool = False
    source: Slug | None = None


class Practice(Dated):
    """A GP practice of the system: which community, network and council it is in, and when."""

    code: PracticeCode
    name: Text
    postcode: Text
    memberships: tuple[Membership, ...] = ()
    networks: tuple[Membership, ...] = ()
    councils: tuple[Membership, ...] = ()
    successor: Succession | None = None
    list_sizes: tuple[ListSize, ...] = ()


class OutsidePractice(Entry):
    """A practice, or a code that stands for "no practice", known to lie outside the system."""

    code: PracticeCode
    name: Text
    postcode: Text | None = None


class Network(Dated):
    """A primary care network (PCN)."""

    code: OrganisationCode
    name: Text


class Council(Dated):
    """A council and the communities it serves; a community can have several, and they change.

    mostly_outside: most of its area lies outside the system, so a figure of the council as a whole is none of the system's.
    """

    slug: Slug
    name: Text
    kind: Literal["county", "unitary", "district"]
    gss_code: Annotated[str, Field(pattern=r"^E[0-9]{8}$")] | None = None
    within: Slug | None = None
    mostly_outside: bool = False
    successors: tuple[Slug, ...] = ()
    communities: tuple[Membership, ...] = ()


class Duty(Dated):
    """Work of one kind that a team takes for an area (a community of any level); `order` 1 is asked first."""

    kind: Slug
    area: Slug
    order: Annotated[int, Field(ge=1)] = 1


class Team(Dated):
    """A team that takes referrals; its code is also what its tokens carry as organisation."""

    code: Slug
    name: Text
    duties: tuple[Duty, ...] = ()


class Role(Dated):
    """A post in a community or a network. `holder` stays null where no source names one."""

    post: Slug
    title: Text
    community: Slug | None = None
    network: OrganisationCode | None = None
    holder: Text | None = None

    @model_validator(mode="after")
    def _stands_in_one_place(self) -> Self:
        if (self.community is None) == (self.network is None):
            raise ValueError("a role stands in a community or in a network, not in both and not in neither")
        return self


class CareHome(Dated):
    """A care home: a place that people live in and that can refer."""

    code: Slug
    name: Text
    cqc_location: Annotated[str, Field(pattern=r"^1-[0-9]{5,12}$")] | None = None
    postcode: Text | None = None
    beds: Annotated[int, Field(ge=1)] | None = None
    memberships: tuple[Membership, ...] = ()


class School(Dated):
    """A school: a place of education that trainings and events reach. urn: its number in the government's register."""

    code: Slug
    name: Text
    urn: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    phase: Literal["primary", "secondary", "all-through", "special"] | None = None
    memberships: tuple[Membership, ...] = ()


class Trust(Dated):
    """An acute trust that serves the system."""

    code: OrganisationCode
    name: Text


class Alias(Entry):
    """Another name that feeds print for a community. `council` narrows it to that council's files."""

    alias: Text
    community: Slug
    council: Slug | None = None
    source: Slug


class OutsidePlace(Entry):
    """A community known to lie outside the system, under every name a feed may print for it."""

    name: Text
    names: tuple[Text, ...] = ()
    source: Slug


class AmbiguousName(Entry):
    """A word that people use for two communities; a query that says it is answered with both."""

    name: Slug
    candidates: Annotated[tuple[Slug, ...], Field(min_length=2)]


class PostcodeArea(Dated):
    """An outward code ("LA14") or a sector ("LA12 8") that lies in one community."""

    area: Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9][A-Z0-9]?( [0-9])?$")]
    community: Slug


class SmallArea(Entry):
    """A lower layer super output area (LSOA) of either census: the ICC or sub-community its people live in."""

    code: Annotated[str, Field(pattern=r"^[EWSN][0-9]{8}$")]
    memberships: Annotated[tuple[Membership, ...], Field(min_length=1)]


class RegistryFile(Entry):
    """The whole file: one system, its communities and everything that hangs on them."""

    schema_version: Literal[1]
    edition: Text
    sources: dict[Slug, Text]
    communities: tuple[Community, ...]
    lines: tuple[Line, ...]
    practices: tuple[Practice, ...]
    outside_practices: tuple[OutsidePractice, ...] = ()
    networks: tuple[Network, ...] = ()
    councils: tuple[Council, ...] = ()
    teams: tuple[Team, ...] = ()
    roles: tuple[Role, ...] = ()
    care_homes: tuple[CareHome, ...] = ()
    schools: tuple[School, ...] = ()
    trusts: tuple[Trust, ...] = ()
    aliases: tuple[Alias, ...] = ()
    outside_places: tuple[OutsidePlace, ...] = ()
    ambiguous_names: tuple[AmbiguousName, ...] = ()
    postcode_areas: tuple[PostcodeArea, ...] = ()
    lsoas: tuple[SmallArea, ...] = ()
