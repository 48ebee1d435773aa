"""When an event is wrong, and which results cannot be. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.problems import FieldError

MOST_OF_ALL: Final = 1_000_000


def event_faults(starts_at: datetime, ends_at: datetime) -> Iterator[FieldError]:
    """What is wrong with the times of an event."""
    if ends_at <= starts_at:
        yield FieldError("date.order", "/ends_at", "The event ends before it has begun.")


@dataclass(frozen=True, slots=True)
class Found:
    """What health checks found of one kind. new: not known to the person before."""

    kind: str
    new: int
    known: int


def result_faults(
    *,
    attended: int,
    checked: int,
    findings: Sequence[Found],
    signposted: int,
    referred: int,
    feedback: tuple[int, int] | None,
) -> Iterator[FieldError]:
    """What cannot be of the results of an event. feedback: how many found it good, of how many who said."""
    for name, count in (("checked", checked), ("signposted", signposted), ("referred", referred)):
        if count > attended:
            yield FieldError("number.range", f"/{name}", "These are more than attended.")
    for place, one in enumerate(findings):
        if one.new + one.known > checked:
            yield FieldError("number.range", f"/findings/{place}", "These are more than were checked.")
        if one.kind in {other.kind for other in findings[:place]}:
            yield FieldError("row.duplicate", f"/findings/{place}/kind", "The same kind stands here twice.")
    if feedback is not None and feedback[0] > feedback[1]:
        yield FieldError("number.range", "/feedback/n", "These are more than gave feedback.")
    if feedback is not None and feedback[1] > attended:
        yield FieldError("number.range", "/feedback/of", "These are more than attended.")


def newly_found(findings: Sequence[Found], *, checked: int) -> int:
    """Checks with a new finding, at most: a person with two kinds of findings cannot be told from two people."""
    return min(checked, sum(one.new for one in findings))
