"""Bodies and answers of Bay-wide trajectories."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from services.trajectories.activity.count_process import Counter
from services.trajectories.activity.exchange import Form, Question
from services.trajectories.activity.rules.values import month_of_number
from services.trajectories.bay_trajectories.rules import MOST, YEAR
from services.trajectories.bay_trajectories.tables import BayTrajectory
from services.trajectories.errors import pointed
from shared.http.answers import JSON, json_bytes
from shared.http.bodies import JSON_BYTES, body_chunks, parse_json_body, request_body_schema
from shared.http.dates import PastDate
from shared.http.matching import check_content_type
from shared.http.parameters import parameters_of
from shared.http.text import Name, Note
from shared.months import london_day
from shared.problems import BadRequest, FieldError, Invalid
from shared.spreadsheets import XLSX
from shared.workbooks.impersonal import ImpersonalBody

PlanStatus = Literal["provisional", "agreed"]


class BayTrajectoryRequest(ImpersonalBody):
    """A year's plan: `months`, or `annual` to be spread over them by calendar days."""

    measure: Name = Field(examples=["non-elective-admissions"])
    year: Name = Field(description="A label; one like 2020-21 is a financial year", examples=["2020-21"])
    label: Name = Field(examples=["Operating plan 2020-21"])
    definition: Note = Field(
        description="What is counted, as the plan defines it", examples=["Specific acute spells, all lengths"]
    )
    status: PlanStatus
    set_by: Name | None = Field(default=None, examples=["Integrated services board"])
    agreed_on: PastDate | None = Field(default=None, examples=["2020-03-20"])
    document: Name | None = Field(default=None, examples=["Operating plan, version 4"])
    months: dict[str, int] | None = Field(
        default=None, description="Month → units of the measure, a whole year", examples=[{"2020-04": 1000}]
    )
    annual: int | None = Field(default=None, ge=0, le=YEAR * MOST)

    @classmethod
    async def of_request(cls, request: Request, *, now: datetime) -> Self:
        """A plan as JSON, or as a table of `month,count` with the other members in the query."""
        media_type = check_content_type(request, (JSON, *FORMS))
        given = dict(request.query_params)
        if media_type == JSON:
            if given:
                raise BadRequest("Beside JSON there is nothing in the query.", code="query.unknown")
            return await super().of_request(request, now=now)
        counter: Counter = request.app.state.counter
        question = Question(FORMS[media_type], None, london_day(now), plan=True)
        counted, _ = await counter.count(body_chunks(request, limit=JSON_BYTES), question)
        if counted.refused:
            raise table_refused(counted.errors)
        months = {str(month_of_number(line.month)): line.numerator for line in counted.lines}
        return parse_json_body(json_bytes({**given, "months": months}), cls, now=now)

    @classmethod
    def described(cls, media_types: Sequence[str]) -> dict[str, Any]:
        """The body as JSON or as a table, and what stands in the query beside a table."""
        described = request_body_schema(cls, media_types)
        content = described["requestBody"]["content"]
        content |= {name: {"schema": {"type": "string"}} for name in FORMS}
        in_query = [one for one in parameters_of(cls) if one["name"] not in {"months", "annual"}]
        return {**described, "parameters": [{**one, "required": False} for one in in_query]}


FORMS: dict[str, Form] = {"text/csv": "csv", XLSX: "xlsx"}


def table_refused(errors: Sequence[dict[str, Any]]) -> Invalid:
    """The refusal of a plan's table: each fault with its row and column."""
    first = errors[0]
    return Invalid(first["detail"], code=first["code"], extra={"errors": pointed(errors)})


class PlanWarning(BaseModel):
    """Something odd that was taken as it is."""

    code: str
    pointer: str
    detail: str


class BayTrajectoryAnswer(BaseModel):
    """One version of a year's plan."""

    id: UUID
    measure: str
    year: str
    version: int
    label: str
    definition: str
    status: PlanStatus
    set_by: str | None
    agreed_on: date | None
    document: str | None
    annual: int | None
    months: dict[str, int]
    made_at: datetime
    warnings: list[PlanWarning] = []

    @classmethod
    def of(cls, row: BayTrajectory, warnings: Sequence[FieldError] = ()) -> Self:
        """The answer about a row."""
        told = [PlanWarning.model_validate(one.to_json()) for one in warnings]
        return cls(**row.model_dump(exclude={"first_month", "client"}), warnings=told)
