"""What a disclosure is of, and how long a broken glass stays open. Pure."""

from datetime import timedelta
from typing import Final, Literal, get_args

Kind = Literal["onward-referral", "care-plan", "summary", "break-glass", "mdt-meeting"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Part = Literal[
    "name", "flags", "phone", "postcode", "birth-date", "nhs-number", "reason", "care-plan", "summary", "case"
]
OPEN_FOR: Final = timedelta(minutes=60)
