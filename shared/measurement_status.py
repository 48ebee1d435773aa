"""What referrals asks of outcomes, `POST /v1/measurements/status`, and how it is answered: when each person was last measured.

People go by their pseudonyms (`Keyring.pseudonym`). No score travels: whether a measure is due needs none.
A reader ignores unknown members, so outcomes may add some.
"""

from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

STATUS_PATH: Final = "/v1/measurements/status"
MOST_PSEUDONYMS: Final = 500
"""People that one question may name."""
MOST_INSTRUMENTS: Final = 30
"""Instruments that one question may name."""
PSEUDONYM: Final = r"^p1:[A-Za-z0-9_-]{43}$"
"""How a pseudonym is written."""

Occasion = Literal["first", "repeat", "follow-up"]


class MeasurementStatus(BaseModel):
    """The latest measurement of a person with an instrument that still stands: on which occasion and day."""

    model_config = ConfigDict(frozen=True)

    pseudonym: str
    instrument: str
    occasion: Occasion
    taken_on: date


class MeasurementStatuses(BaseModel):
    """One item for each person and instrument with a measurement; none for the others."""

    items: list[MeasurementStatus]
