"""A measurement as it is sent, and as it is answered."""

import re
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from services.outcomes.instruments.schemas import Number, ThresholdAnswer
from services.outcomes.instruments.scoring import Given
from services.outcomes.measurements.rules import Claim
from shared.http.bodies import RequestBody
from shared.http.dates import PastDate
from shared.http.numbers import Exact
from shared.http.text import Note, clean_line
from shared.measurement_status import MOST_INSTRUMENTS, MOST_PSEUDONYMS, PSEUDONYM
from shared.registry.names import PracticeCode
from shared.workbooks.identifiers import holds_nhs_number

MOST_ITEMS: Final = 200
LONGEST_WORD: Final = 64


def _string(value: object) -> object:
    if value is not None and not isinstance(value, str):
        raise PydanticCustomError("nhs_number.type", "An NHS number is a string of ten digits.")
    return value


def _word(text: str) -> str:
    """One line of at most 64 characters that names no person: it is stored as it is."""
    text = clean_line(text)
    if len(text) > LONGEST_WORD:
        raise PydanticCustomError("text.too_long", f"The text may have at most {LONGEST_WORD} characters.")
    if holds_nhs_number(text):
        raise PydanticCustomError("text.forbidden", "The text holds what looks like an NHS number.")
    return text


def _reason(text: str) -> str:
    if holds_nhs_number(text):
        raise PydanticCustomError("text.forbidden", "The text holds what looks like an NHS number.")
    return text


def _pseudonym(text: str) -> str:
    if re.fullmatch(PSEUDONYM, text) is None:
        raise PydanticCustomError("code.invalid", "A pseudonym is `p1:` and 43 letters, digits, - or _.")
    return text


def at_most_items(most: int) -> AfterValidator:
    """A limit of a list, which is refused with `list.too_long`."""

    def check(items: list[Any]) -> list[Any]:
        if len(items) > most:
            raise PydanticCustomError("list.too_long", f"There may be at most {most} items.")
        return items

    return AfterValidator(check)


Pseudonym = Annotated[str, AfterValidator(_pseudonym), Field(examples=["p1:" + 43 * "0"])]
NhsNumber = Annotated[str, BeforeValidator(_string), Field(examples=["9990000018"])]
Word = Annotated[
    str, AfterValidator(_word), Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_WORD})
]
Occasion = Literal["first", "repeat", "follow-up"]
Mode = Literal["self", "interviewer", "proxy"]


class MeasuredPerson(RequestBody):
    """Who was measured. Neither is kept: the number becomes a pseudonym, the year is compared with the minimum age."""

    nhs_number: NhsNumber
    birth_year: int | None = Field(default=None, examples=[1938])


class Concern(RequestBody):
    """A concern of the person's own: its words stay with its author, who gives it a code."""

    code: Word
    score: int


EXAMPLE: Final[dict[str, JsonValue]] = {
    "person": {"nhs_number": "9990000018", "birth_year": 1938},
    "instrument": "swemwbs",
    "items": [3, 4, 2, 3, 3, 4, 3],
    "taken_on": "2026-06-20",
    "occasion": "first",
    "mode": "self",
    "icc": "kendal",
}


class MeasurementRequest(RequestBody):
    """A measurement. Which of the members from `items` to `counts` are needed, `GET /v1/instruments` says in `asked`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    identifies: ClassVar[bool] = True

    person: MeasuredPerson
    instrument: str = Field(description="A key of `GET /v1/instruments`", examples=["swemwbs"])
    occasion: Occasion
    taken_on: PastDate
    items: Annotated[list[int], at_most_items(MOST_ITEMS)] | None = None
    score: Exact | None = Field(default=None, description="The score of a licensed tool")
    edition: str | None = Field(default=None, description="By which edition a licensed tool names levels")
    level_as_reported: int | None = None
    value: Exact | None = None
    unit: str | None = Field(
        default=None, description="Of `value`; no unit is guessed", examples=["mmol/mol"]
    )
    target: Exact | None = Field(default=None, description="The person's own, in the unit of `value`")
    answer: str | None = None
    state: str | None = Field(default=None, examples=["21232"])
    vas: int | None = None
    concerns: Annotated[list[Concern], at_most_items(MOST_ITEMS)] | None = None
    wellbeing: int | None = None
    counts: dict[str, int] | None = None
    mode: Mode | None = None
    icc: str | None = Field(default=None, description="Left out, the practice decides", examples=["kendal"])
    practice: PracticeCode | None = Field(default=None, examples=["A82026"])
    programme: Word | None = Field(default=None, description="A key of a programme")
    episode: Word | None = Field(default=None, description="Left out: the 24 months since the last first")

    def claim(self) -> Claim:
        """The members that rules look at."""
        concerns = self.concerns
        return Claim(
            nhs_number=self.person.nhs_number,
            birth_year=self.person.birth_year,
            instrument=self.instrument,
            occasion=self.occasion,
            taken_on=self.taken_on,
            icc=self.icc,
            practice=self.practice,
            programme=self.programme,
            given=Given(
                items=self.items,
                score=self.score,
                edition=self.edition,
                level_as_reported=self.level_as_reported,
                value=self.value,
                unit=self.unit,
                target=self.target,
                answer=self.answer,
                state=self.state,
                vas=self.vas,
                concerns=None if concerns is None else [(one.code, one.score) for one in concerns],
                wellbeing=self.wellbeing,
                counts=self.counts,
            ),
        )


class CorrectionRequest(MeasurementRequest):
    """The measurement as it ought to have been, and why it is corrected."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**EXAMPLE, "reason": "Two answers were swapped."}]}
    )

    reason: Annotated[Note, AfterValidator(_reason)]


class PersonSearch(RequestBody):
    """Whose measurements are asked for, and by which instrument."""

    nhs_number: NhsNumber
    instrument: str | None = Field(default=None, examples=["swemwbs"])


class StatusQuestion(RequestBody):
    """About whom referrals asks, and which instruments."""

    pseudonyms: Annotated[list[Pseudonym], at_most_items(MOST_PSEUDONYMS)]
    instruments: Annotated[list[str], at_most_items(MOST_INSTRUMENTS), Field(examples=[["swemwbs"]])]


class ComponentChangeAnswer(BaseModel):
    """A part of the instrument with its number, and its change from the first."""

    key: str
    score: int
    change_from_first: int | None
    changed: Literal["improved", "same", "worse"] | None


class MeasurementWarning(BaseModel):
    """Something that was taken although it is odd."""

    code: str
    pointer: str
    detail: str


class ScoredAnswer(BaseModel):
    """What a measurement came to, and its change from the first of its episode."""

    id: UUID
    score: Number | None = Field(description="The sum, the licensed score, the deficits, or whole mmol/mol")
    metric_score: Number | None = Field(
        default=None, description="What is compared, where it is not the score"
    )
    percent: Number | None = Field(default=None, description="HbA1c in per cent, for the reader alone")
    band: str | None
    band_set: str | None
    change_from_first: Number | None
    changed: Literal["improved", "same", "worse"] | None
    threshold: ThresholdAnswer | None = Field(description="By which `changed` is judged")
    level_as_reported: int | None = None
    target: Number | None = None
    target_met: bool | None = None
    components: list[ComponentChangeAnswer] | None = None
    component_threshold: ThresholdAnswer | None = None
    notes: list[str]
    warnings: list[MeasurementWarning] = []


class MeasurementReceipt(ScoredAnswer):
    """What a sender is told of a new measurement."""

    instrument: str
    icc: str
    supersedes: UUID | None = None


class MeasurementAnswer(ScoredAnswer):
    """A measurement as it is read."""

    instrument: str
    edition: str | None
    occasion: Occasion
    taken_on: date
    pseudonym: str
    episode: str | None
    mode: str | None
    icc: str
    practice: str | None
    programme: str | None
    sent_by: str
    value: Number | None = None
    unit: str | None = None
    given: dict[str, Any] = Field(description="What was answered: items, a state, concerns, counts")
    recorded_at: datetime
    supersedes: UUID | None
    superseded_by: UUID | None
    reason: str | None = None
