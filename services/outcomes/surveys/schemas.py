"""Bodies and answers of surveys."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.outcomes.surveys.rules import MOST_INVITED, MOST_QUESTIONS
from shared.http.bodies import RequestBody
from shared.http.text import Name
from shared.months import Month


def _questions(scores: list[Any]) -> list[Any]:
    if not scores:
        raise PydanticCustomError("body.required", "A reply has one score at least.")
    if len(scores) > MOST_QUESTIONS:
        raise PydanticCustomError("list.too_long", f"A reply has at most {MOST_QUESTIONS} scores.")
    return scores


def _people(replies: list[Any]) -> list[Any]:
    if len(replies) > MOST_INVITED:
        raise PydanticCustomError("list.too_long", f"A round has at most {MOST_INVITED} replies.")
    return replies


Score = Annotated[int, Field(ge=1, le=5)]
Reply = Annotated[list[Score], AfterValidator(_questions)]


class SurveyRoundRequest(RequestBody):
    """A round: who was invited, and the replies without names, each with its scores in the order of the questions."""

    team: Name = Field(examples=["kendal-icc"])
    month: Month
    invited: Annotated[int, Field(ge=1, le=MOST_INVITED)]
    replies: Annotated[list[Reply], AfterValidator(_people)] = Field(examples=[[[4, 5, 3], [3, 4, 4]]])


class SurveyRoundAnswer(BaseModel):
    """One round. mean, question_means: scores from 1 to 5, null (suppressed) where fewer than eight replied.

    replies, reply_rate: null with them.   superseded: whether a later round of the month took its place.
    """

    id: UUID
    team: str
    place: str
    month: Month
    invited: int
    questions: int
    replies: int | None
    reply_rate: float | None
    mean: float | None
    question_means: list[float] | None
    suppressed: bool
    superseded: bool
    notes: list[str]
    recorded_at: datetime
