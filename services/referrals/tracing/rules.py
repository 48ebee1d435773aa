"""When two records become one. Pure."""

from dataclasses import dataclass

from services.referrals.records.states import OPEN_STATUSES, Status


@dataclass(frozen=True, slots=True)
class Record:
    """What of a record decides. number: the index of an NHS number that somebody relies on, None in tracing."""

    status: Status
    number: bytes | None


def merge_obstacle(merged: Record, into: Record) -> str | None:
    """Why one record cannot become part of another one; None where it can. What is open never ends in what has ended."""
    if merged.number is not None and into.number is not None and merged.number != into.number:
        return "They have two NHS numbers: identify the person first."
    if merged.status in OPEN_STATUSES and into.status not in OPEN_STATUSES:
        return "What is open does not become part of what has ended: merge the other way."
    if merged.status == "accepted" and into.status != "accepted":
        return "The record with the open case survives: merge the other way."
    return None
