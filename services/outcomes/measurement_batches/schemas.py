"""A line of a batch, and what is answered to it."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.outcomes.measurements.schemas import MeasurementRequest
from shared.idempotency.keys import KeyMalformed, check_key


def _key(text: str) -> str:
    try:
        return check_key(text)
    except KeyMalformed as wrong:
        raise PydanticCustomError(
            "idempotency.format", "A key has 1 to 255 printable ASCII characters."
        ) from wrong


class BatchLine(MeasurementRequest):
    """A measurement, and under which key a line that is sent again brings what it brought at first."""

    key: Annotated[str, AfterValidator(_key)] | None = Field(default=None, examples=["visit-4711"])


class LineAnswer(BaseModel):
    """What became of a line: an id where it is stored, else what is wrong with it."""

    line: int = Field(description="From 1")
    id: UUID | None = None
    code: str | None = None
    pointer: str | None = None
    detail: str | None = None
