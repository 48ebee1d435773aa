"""What a consent must say, and whether one holds. Pure."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Final, Literal, Protocol, TypeVar, get_args

from shared.problems import FieldError

Scope = Literal["share-with-hospital", "share-with-partner"]
Giver = Literal["self", "attorney", "parental-responsibility", "best-interests"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
GIVERS: Final[tuple[Giver, ...]] = get_args(Giver)


class Recorded(Protocol):
    """What a rule must know of a recorded consent."""

    scope: str
    partner: str | None
    withdrawn_on: date | None


RecordedT = TypeVar("RecordedT", bound=Recorded)


def consent_faults(
    *, scope: Scope, partner: str | None, on: date, withdrawn_on: date | None, known: Collection[str]
) -> Iterator[FieldError]:
    """What is wrong with a consent. known: the codes that a partner is called by."""
    if scope == "share-with-partner" and partner is None:
        yield FieldError("body.required", "/partner", "Name the partner, or its service.")
    elif scope != "share-with-partner" and partner is not None:
        yield FieldError("field.read_only", "/partner", "Only sharing with a partner names one.")
    elif partner is not None and partner not in known:
        yield FieldError("code.unknown", "/partner", "Name a partner's code or a service's key.")
    if withdrawn_on is not None and withdrawn_on < on:
        yield FieldError("date.order", "/withdrawn_on", "It was withdrawn before it was given.")


def standing(
    recorded: Iterable[RecordedT], *, scope: Scope, partners: Collection[str] = ()
) -> RecordedT | None:
    """The consent that holds, None where none does. recorded: in their order.   partners: any of these codes will do."""
    newest: dict[str | None, RecordedT] = {}
    for one in recorded:
        if one.scope == scope and (scope != "share-with-partner" or one.partner in partners):
            newest[one.partner] = one
    return next((one for one in newest.values() if one.withdrawn_on is None), None)
