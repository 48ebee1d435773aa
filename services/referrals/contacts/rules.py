"""What a contact must say, and what follows from it. Pure."""

from collections.abc import Iterator
from typing import Final, Literal

from shared.problems import FieldError

Kind = Literal["visit", "call", "video", "letter", "message"]
With = Literal["person", "carer", "professional"]
Outcome = Literal["done", "no-reply", "not-brought", "declined", "agreed"]
VISIT: Final[Kind] = "visit"


def face_faults(kind: Kind, *, face_to_face: bool) -> Iterator[FieldError]:
    """What is wrong with how people met."""
    if face_to_face and kind != VISIT:
        yield FieldError("code.invalid", "/face_to_face", "Only a visit is face to face.")


def reached(with_: With, outcome: Outcome) -> bool:
    """Whether the person, or the carer for the person, was reached: a first contact that was tried is none."""
    return with_ != "professional" and outcome in ("done", "agreed")
