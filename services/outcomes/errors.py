"""The problems that only outcomes answers, one class each; the common ones are in `shared.problems`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from shared.problems import Conflict, Forbidden, Invalid, NotFound, Unavailable


class FileRejected(Invalid):
    """The file has errors and nothing of it was taken: `errors` names row, column, code and mend, at most 100 of all."""

    title = "The file was rejected"
    status: ClassVar[int] = 422

    def __init__(self, report: Mapping[str, Any], *, location: str | None = None) -> None:
        """report: the submission as the interface shows it.   location: where it can be read, when it was stored."""
        errors: Sequence[Mapping[str, Any]] = report["errors"]
        extra = {
            name: report[name]
            for name in ("errors", "errors_total", "warnings", "rows", "totals", "period", "sha256")
        }
        if location is not None:
            extra["submission"] = str(report["id"])
        total = report["errors_total"]
        told = "1 error" if total == 1 else f"{total} errors; the first"
        super().__init__(
            f"{told}: {errors[0]['detail']}",
            code=str(errors[0]["code"]),
            headers={"Location": location} if location else None,
            extra=extra,
        )


class FileNotRead(Unavailable):
    """The file could not be read for a reason that is the platform's. Nothing was changed and its key is free: send it again."""

    title = "The file could not be read"


class UnknownFeed(NotFound):
    """There is no feed of this name. `GET /v1/feeds` lists them."""


class NotASupplier(Forbidden):
    """The token's organisation is not a council that sends this feed."""


class UnknownInstrument(NotFound):
    """There is no instrument of this key. `GET /v1/instruments` lists them."""


class NoFirstMeasurement(Conflict):
    """The episode has no first measurement. Send that before a repeat or a follow-up.

    Without an `episode`, a first of the same person by the same instrument within the 24 months before is meant.
    """


class SecondFirstMeasurement(Conflict):
    """The episode has a first measurement. Send a repeat, correct the first, or name another `episode`.

    Without an `episode`, firsts of one person by one instrument lie 24 months apart.
    """


class CorrectedAlready(Conflict):
    """The measurement was corrected, and counts no more. Correct the one that took its place."""


class FirstIsNeeded(Conflict):
    """Later measurements of the episode follow this first one: correct those before it leaves the episode, or lies after them."""
