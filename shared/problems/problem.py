"""One way to say what went wrong, and its entry in the OpenAPI document: RFC 9457, a stable code, a pointer per fault.

`detail` is written for the person who must mend the request and never repeats a value: a value may be a patient's.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

TYPE_BASE = "/problems/"
"""A problem's `type`: a page of the service that answered (`shared/problems/codes.toml`), the same name in all three."""
MEDIA_TYPE = "application/problem+json"

PROBLEM_REFERENCE = "#/components/schemas/Problem"
PROBLEM_CONTENT: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REFERENCE}}}
"""The content of every answer that is a problem."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in what was sent: a code of the contract, where it is, and how to mend it.

    pointer: JSON pointer (RFC 6901), "" for the whole body.
    """

    code: str
    pointer: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        """The member of `errors`."""
        return {"code": self.code, "pointer": self.pointer, "detail": self.detail}


class Problem(Exception):  # noqa: N818 -- the standard's own word
    """The request cannot be answered as asked. A subclass gives code, title and status.

    Its docstring explains it to users: in the OpenAPI document, and as the detail where none is given.
    """

    code: str = "internal"
    title: str = "The service failed"
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.detail = detail or inspect.cleandoc(self.__doc__ or self.title)
        self.errors = tuple(errors)
        self.headers: dict[str, str] = dict(headers or {})
        self.extra: dict[str, object] = dict(extra or {})

    def to_json(self) -> dict[str, Any]:
        """The problem document without `instance` and `request_id`, which the handler adds."""
        document: dict[str, Any] = {
            "type": TYPE_BASE + self.code,
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [error.to_json() for error in self.errors]
        return document | self.extra


class FaultDocument(BaseModel):
    """One fault of an invalid request."""

    code: str = Field(examples=["nhs_number.checksum"])
    pointer: str = Field(description="JSON pointer to the value", examples=["/patient/nhs_number"])
    detail: str
    row: int | None = None
    column: str | None = None


class ProblemDocument(BaseModel):
    """Problem details, RFC 9457, with the platform's code."""

    model_config = ConfigDict(
        extra="allow",
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/nhs_number.checksum",
                    "code": "nhs_number.checksum",
                    "title": "The content is invalid",
                    "status": 422,
                    "detail": "The check digit does not fit: please compare with the record.",
                    "instance": "urn:uuid:8e5fc76d-e1cf-4004-b4b3-5717a5807e86",
                    "request_id": "8e5fc76d-e1cf-4004-b4b3-5717a5807e86",
                    "errors": [
                        {
                            "code": "nhs_number.checksum",
                            "pointer": "/patient/nhs_number",
                            "detail": "The check digit does not fit: please compare with the record.",
                        }
                    ],
                }
            ]
        },
    )

    type: str = Field(description="Stable URI that ends in the code")
    code: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    request_id: str | None = None
    errors: list[FaultDocument] | None = None


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer these problems; problems of one status share its entry."""
    entries: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        line = f"`{problem.code}`: {' '.join((problem.__doc__ or problem.title).split())}"
        entry = entries.setdefault(
            problem.status,
            {"description": "", "content": PROBLEM_CONTENT},
        )
        entry["description"] = f"{entry['description']}\n\n{line}".strip()
    return entries
