"""What a decision must say. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, Literal, get_args

from shared.problems import FieldError

Decision = Literal["accept", "reject", "redirect", "request-information"]
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)
PLACES: Final = ("icc", "team", "pathway")
"""What a redirect within the platform may name."""
REOPEN_WITHIN_DAYS: Final = 90
"""For so many days after a discharge the same case can be opened again."""


def reason_faults(
    code: str | None, *, decision: str, decisions_of: Mapping[str, Iterable[str]]
) -> Iterator[FieldError]:
    """What is wrong with a coded reason. decisions_of: the decisions that each known code may stand for."""
    if code is None:
        return
    if code not in decisions_of:
        yield FieldError("code.unknown", "/reason_code", "The codes are listed at /v1/reason-codes.")
    elif decision not in decisions_of[code]:
        fitting = ", ".join(known for known, of in decisions_of.items() if decision in of)
        detail = f"This decision takes {fitting}." if fitting else "This decision takes no reason code."
        yield FieldError("code.invalid", "/reason_code", detail)


def triage_faults(
    *,
    decision: str,
    code: str | None,
    changes_priority: bool,
    named: Collection[str],
    decisions_of: Mapping[str, Iterable[str]],
) -> Iterator[FieldError]:
    """Everything wrong with a decision at triage. named: those of `icc`, `team`, `pathway` and `to` that it gives."""
    yield from reason_faults(code, decision=decision, decisions_of=decisions_of)
    if changes_priority and decision not in ("accept", "redirect"):
        yield FieldError("field.read_only", "/priority", "Only an acceptance or a redirect changes it.")
    if decision != "redirect":
        for name in named:
            yield FieldError("field.read_only", f"/{name}", "Only a redirect names where a referral goes.")
    elif not named:
        yield FieldError(
            "body.required", "/icc", "Name `icc`, `team` or `pathway`, or `to` where it leaves the platform."
        )
    elif "to" in named:
        for name in (*named, *(("priority",) if changes_priority else ())):
            if name != "to":
                yield FieldError(
                    "field.read_only", f"/{name}", "What leaves the platform has nothing of it here."
                )


def can_reopen(discharged_on: date, today: date) -> bool:
    """Whether a case that ended on a day can still be opened again."""
    return (today - discharged_on).days <= REOPEN_WITHIN_DAYS
