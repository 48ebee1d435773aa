"""What a decision must say. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from shared.problems import FieldError


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
    *, decision: str, code: str | None, changes_priority: bool, decisions_of: Mapping[str, Iterable[str]]
) -> Iterator[FieldError]:
    """Everything wrong with a decision at triage."""
    yield from reason_faults(code, decision=decision, decisions_of=decisions_of)
    if changes_priority and decision != "accept":
        yield FieldError("field.read_only", "/priority", "Only an acceptance changes the priority.")
