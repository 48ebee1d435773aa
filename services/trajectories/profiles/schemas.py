"""Bodies and answers of profiles."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shared.http.text import Name, Note
from shared.workbooks.impersonal import ImpersonalBody

MOST_INDICATORS = 200
MOST = 1_000_000_000


def _number(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise PydanticCustomError("number.type", "This must be a number.")
    return value


def _each_once(indicators: list["Indicator"]) -> list["Indicator"]:
    if len(indicators) > MOST_INDICATORS:
        raise PydanticCustomError("list.too_long", f"There may be at most {MOST_INDICATORS} indicators.")
    keys = [(one.key, one.period) for one in indicators]
    if len(set(keys)) != len(keys):
        raise PydanticCustomError("row.duplicate", "Each indicator of a period stands there once.")
    return indicators


Number = Annotated[Annotated[int | float, Field(ge=-MOST, le=MOST)] | None, BeforeValidator(_number)]


class Comparator(ImpersonalBody):
    """The same figure of another place; `value` is null where the source gives no figure."""

    place: Name = Field(examples=["England"])
    value: Number = Field(default=None, examples=[5.9])


class Indicator(ImpersonalBody):
    """One figure of a profile. `value` is null where the source says no more than `note`."""

    key: Name = Field(examples=["aged-80-and-over"])
    title: Name = Field(examples=["Registered patients aged 80 and over"])
    value: Number = Field(examples=[8.2])
    unit: Name = Field(examples=["percent"])
    comparator: Comparator | None = None
    period: Name = Field(examples=["2019-20"])
    source: Name = Field(examples=["ICC annual report 2019/20"])
    note: Note | None = Field(default=None, examples=["Worse than the average of England"])


class ProfileRequest(ImpersonalBody):
    """A profile, whole: what is put replaces what stood."""

    description: Note | None = None
    indicators: Annotated[list[Indicator], AfterValidator(_each_once)]


class ProfileAnswer(BaseModel):
    """A community's profile in its newest version; version 0 is the one that ships, with the sources it names."""

    community: str
    version: int
    description: str | None
    indicators: list[Indicator]
    author: str
    made_at: datetime | None
