"""What a reader is given and asked: a file as it was sent, and what to read it as. No parser is loaded for either."""

import hashlib
from dataclasses import dataclass
from typing import Literal, Self

from shared.months import Month, Period

Form = Literal["csv", "xlsx", "json"]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent. form: what it says it is; whether it is, the reader finds out.   sha256: in hexadecimal."""

    content: bytes
    form: Form
    sha256: str

    @classmethod
    def of(cls, content: bytes, form: Form) -> Self:
        """The file with its digest: 64 MiB take a large part of a second, so not on an event loop's thread."""
        return cls(content, form, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Question:
    """What a file is read as. council: who sent it.   asked: the request's period.   received_in: the month in which it came."""

    feed: str
    council: str
    form: Form
    asked: Period | None
    received_in: Month
