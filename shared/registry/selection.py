"""What a query may name in `community=`, what each name stands for, and the problem that a wrong name raises.

A name is a slug of any level, a line, a practice code, `pcn:<code>` or `council:<slug>`; commas separate several.
The pointer of a problem is `/community`; a route that takes a name elsewhere gives its own.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from shared.problems import FieldError, Invalid

PCN_PREFIX: Final = "pcn:"
COUNCIL_PREFIX: Final = "council:"

Kind = Literal["community", "line", "practice", "pcn", "council"]

_POINTER: Final = "/community"
_PLACES: Final = "a slug, a line, a practice code, pcn:<code> or council:<slug>"


class Selection(NamedTuple):
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
    """What a feed's label means when it names a community known to lie outside the system."""

    name: str


def split_tokens(text: str) -> list[str]:
    """The names of a comma separated selection in order, each once, blanks around them removed."""
    return list(dict.fromkeys(part.strip() for part in text.split(",")))


class UnknownCommunity(Invalid):
    """The name is no community, line, network, council or practice of this registry; the nearest one is named."""

    code = "icc.unknown"
    title = "The community is not known"

    def __init__(self, nearest: str | None) -> None:
        """nearest: the known name most like what was sent, if any comes near."""
        hint = f" The nearest known is “{nearest}”." if nearest else ""
        detail = f"There is no such community; expected {_PLACES}.{hint}"
        super().__init__(detail, errors=[FieldError("icc.unknown", _POINTER, detail)])
        self.nearest = nearest


class AmbiguousCommunity(Invalid):
    """The word is used for two communities and may not stand for either; both are named."""

    code = "icc.ambiguous"
    title = "The name is used for several communities"

    def __init__(self, candidates: tuple[str, ...], *, pointer: str = _POINTER) -> None:
        """candidates: the slugs that the word may have meant.   pointer: the place of the word."""
        detail = f"The name is used for several communities: ask for {' or '.join(f'“{slug}”' for slug in candidates)}."
        super().__init__(detail, errors=[FieldError("icc.ambiguous", pointer, detail)])
        self.candidates = candidates


class UnknownPractice(Invalid):
    """The code has the form of a practice code, but the registry knows no such practice."""

    code = "ods.unknown"
    title = "The practice is not known"

    def __init__(self) -> None:
        """Always the same sentence: what was sent is not repeated."""
        detail = "No practice with this code is known to the registry."
        super().__init__(detail, errors=[FieldError("ods.unknown", _POINTER, detail)])


class PracticeCodeFormat(Invalid):
    """The text is not a GP practice code: a capital letter and five digits."""

    code = "ods.format"
    title = "Not a practice code"

    def __init__(self) -> None:
        """Always the same sentence: what was sent is not repeated."""
        detail = "A GP practice code is a capital letter and five digits."
        super().__init__(detail, errors=[FieldError("ods.format", "/ods", detail)])
