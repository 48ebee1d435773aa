"""What a query may name in `community=`: the words of the selection grammar and what each stands for.

A slug of any level, a line, a practice code, `pcn:<code>` or `council:<slug>`; several are separated by commas.
"""

from dataclasses import dataclass
from typing import Final, Literal

PCN_PREFIX: Final = "pcn:"
COUNCIL_PREFIX: Final = "council:"

Kind = Literal["community", "line", "practice", "pcn", "council"]


@dataclass(frozen=True, slots=True)
class Selection:
    """One place that a query names.

    token: as the query wrote it and as answers write it ("mill-town", "pcn:U00001").   code: the key behind any
    prefix.   level: a level of the contract, or "line".
    """

    token: str
    kind: Kind
    code: str
    level: str


@dataclass(frozen=True, slots=True)
class Outside:
    """What a feed's label stands for when it names a community known to lie outside the system."""

    name: str


def split_tokens(text: str) -> list[str]:
    """The names of a comma separated selection in order, each once, blanks around them removed."""
    return list(dict.fromkeys(part.strip() for part in text.split(",")))
