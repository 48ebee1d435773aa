"""The coded reasons of decisions: data, read once when a process starts."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("reason_codes.json")


class ReasonCode(BaseModel):
    """One reason, and the decisions that it may stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    decisions: tuple[str, ...]


class ReasonCodes(BaseModel):
    """Every reason that a decision may give."""

    reason_codes: tuple[ReasonCode, ...]


@cache
def reason_codes() -> tuple[ReasonCode, ...]:
    """The codes that ship with the service. Raises ValidationError for a broken file: a start-up failure."""
    return ReasonCodes.model_validate_json(FILE.read_bytes()).reason_codes
