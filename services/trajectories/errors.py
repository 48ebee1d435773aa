"""What this service cannot answer, beside the problems of every service."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from shared.problems import FieldError, Forbidden, Invalid, NotFound, Unavailable


class BelowCommunity(Forbidden):
    """Figures of practices and of parts of a community are for those who work there, in the months they are theirs: ask for a
    community or above.
    """

    def __init__(self) -> None:
        super().__init__(
            "The token does not allow figures below a community, not of all these places and months."
        )


class NotYours(Forbidden):
    """What is written about a place is written by those whose place it is: their token names it, or all of them."""

    def __init__(self) -> None:
        super().__init__("The token does not cover this place, or not the whole that this is about.")


class UnknownMeasure(NotFound):
    """The catalogue has no measure with this key; `GET /v1/measures` lists them."""

    def __init__(self) -> None:
        super().__init__("The catalogue has no measure with this key.")


class TooMuchAsked(Invalid):
    """The answer would take more work than one answer may: ask for fewer places, measures or months at a time."""

    def __init__(self, *, parts: int = 2, cheaper: str = "") -> None:
        """parts: into how many questions it divides.   cheaper: what else costs less, as a sentence."""
        detail = (
            f"The answer would take too much work. Ask in {parts} parts: fewer months, places or measures at a time."
            f"{cheaper and ' '}{cheaper}"
        )
        super().__init__(detail, errors=[FieldError("query.too_many", "", detail)])


class OwnDraft(Forbidden):
    """A version is approved by another person than the one who drafted it."""

    def __init__(self) -> None:
        super().__init__("Another person than its author approves a version.")


def pointed(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Faults of a file as members of a problem: each has a pointer, and a file is the whole body."""
    return [{"pointer": "", **error} for error in errors]


class FileRejected(Invalid):
    """The file has errors and nothing of it was taken: `errors` names row, column, code and mend, at most 100 of all."""

    title = "The file was rejected"
    status: ClassVar[int] = 422

    def __init__(self, report: Mapping[str, Any], *, location: str | None = None) -> None:
        """report: the submission as the interface shows it.   location: where it can be read, when it was stored."""
        errors: Sequence[Mapping[str, Any]] = report["errors"]
        extra = {
            name: report[name] for name in ("errors", "errors_total", "warnings", "rows", "measure", "sha256")
        }
        extra["errors"] = pointed(errors)
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
