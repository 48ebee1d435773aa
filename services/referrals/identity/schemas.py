"""How a person's postcode, telephone number, e-mail address and flags are written in bodies."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.referrals.identity import rules
from shared.http.bodies import RequestBody
from shared.http.text import Note


def checked(check: Callable[[str], str]) -> AfterValidator:
    """A rule of identity as a validator: its fault becomes the error's code, never the value."""

    def validate(text: str) -> str:
        try:
            return check(text)
        except rules.Fault as fault:
            raise PydanticCustomError(fault.code, fault.detail) from None

    return AfterValidator(validate)


Postcode = Annotated[str, checked(rules.postcode), Field(examples=["LA9 4JE"])]
Phone = Annotated[str, checked(rules.phone), Field(max_length=50, examples=["01539 722000"])]
Email = Annotated[str, checked(rules.email)]
FlagKind = Literal["safeguarding", "scene-safety", "reasonable-adjustment", "interpreter", "hidden-address"]
MOST_FLAGS = 20


class Flag(RequestBody):
    """What whoever meets the person must know first."""

    kind: FlagKind
    text: Note | None = None


def _few(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    if len(flags) > MOST_FLAGS:
        raise PydanticCustomError("list.too_long", f"A person has at most {MOST_FLAGS} flags.")
    return flags


Flags = Annotated[tuple[Flag, ...], AfterValidator(_few)]


class FlagAnswer(BaseModel):
    """A flag as it is shown."""

    kind: FlagKind
    text: str | None = None
