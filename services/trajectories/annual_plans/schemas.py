"""Bodies and answers of annual plans."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from services.trajectories.annual_plans.rules import CORE_FUNCTIONS, LOCAL, core_function_of
from shared.http.text import Name, Note
from shared.workbooks.impersonal import ImpersonalBody

MOST_ITEMS = 200
MOST_WTE = 10_000
PlanStatus = Literal["draft", "agreed"]


def _core_function(text: str) -> str:
    key = core_function_of(text)
    if key is None:
        raise PydanticCustomError("enum", f"This is one of {', '.join((*CORE_FUNCTIONS, LOCAL))}.")
    return key


def _few(items: list[object]) -> list[object]:
    if len(items) > MOST_ITEMS:
        raise PydanticCustomError("list.too_long", f"There may be at most {MOST_ITEMS} of these.")
    return items


def _wte(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number.type", "This must be a number.")
    return value


Wte = Annotated[float, BeforeValidator(_wte), Field(ge=0, le=MOST_WTE)]


class Learnt(ImpersonalBody):
    """What was learnt, as plan, do, study, act."""

    plan: Note | None = None
    did: Note | None = None
    studied: Note | None = None
    acted: Note | None = None


class Objective(ImpersonalBody):
    """One objective: of a core function, or a local innovation. `target`: what is aimed at, in words or as a number."""

    core_function: Annotated[Name, AfterValidator(_core_function)] | None = Field(
        default=None, examples=["self-care"], description=f"One of {', '.join((*CORE_FUNCTIONS, LOCAL))}"
    )
    local: bool | Name | None = Field(default=None, description="A local innovation, or its name")
    text: Note
    measure: Name | None = Field(default=None, examples=["reablement-assessments"])
    target: Name | int | float | None = None
    programme: Name | None = None
    owner: Name = Field(examples=["Development lead"])
    learnt: Learnt | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "Objective":
        if (self.core_function is None) == (self.local in (None, False)):
            raise PydanticCustomError(
                "body.required", "Name the core function, or say that this is a local innovation."
            )
        return self


class Post(ImpersonalBody):
    """One role: whole-time equivalents funded and in post, two decimals at most."""

    role: Name = Field(examples=["Case manager"])
    funded_wte: Wte = Field(examples=[2.5])
    in_post_wte: Wte = Field(examples=[2.0])


class AnnualPlanRequest(ImpersonalBody):
    """A plan, whole: what is put replaces what stood."""

    status: PlanStatus
    objectives: Annotated[list[Objective], AfterValidator(_few)] = Field(default=[])
    workforce: Annotated[list[Post], AfterValidator(_few)] = Field(default=[])


class AnnualPlanAnswer(BaseModel):
    """A community's plan of a financial year in its newest version. `established_rate`: posts filled of those funded."""

    community: str
    year: str
    version: int
    status: PlanStatus
    objectives: list[Objective]
    workforce: list[Post]
    established_rate: float | None
    author: str
    made_at: datetime
