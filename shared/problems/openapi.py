"""How problems stand in the OpenAPI document: the schema once, and an entry for each problem a route may answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.problems.problem import MEDIA_TYPE, Problem

PROBLEM_REFERENCE = "#/components/schemas/Problem"
PROBLEM_CONTENT: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REFERENCE}}}
"""The content of every answer that is a problem."""


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
                    "type": "https://icc-platform.example/problems/nhs_number.checksum",
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
