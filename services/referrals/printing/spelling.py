"""How dates, numbers and words of ours are spelled for people. Pure. Source: NHS digital service manual, A to Z of style."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.nhs_numbers import grouped_nhs_number

_LONDON: Final = ZoneInfo("Europe/London")
_ABBREVIATIONS: Final = {"gp": "GP", "mdt": "MDT", "icc": "ICC", "cpr": "CPR", "ot": "OT"}


def day(value: date | None) -> str:
    """1 June 2026; a dash where nothing is known."""
    return "–" if value is None else f"{value.day} {value:%B %Y}"


def minute(value: datetime) -> str:
    """1 June 2026 at 14:05, in Europe/London."""
    local = value.astimezone(_LONDON)
    return f"{day(local.date())} at {local:%H:%M}"


def grouped(nhs_number: str | None) -> str:
    """999 000 0018; in words where none is known."""
    if nhs_number is None:
        return "not known yet"
    return grouped_nhs_number(nhs_number)


def words(key: str) -> str:
    """A key of ours as words: `case-management` → Case management, `gp-visit` → GP visit."""
    spelled = " ".join(_ABBREVIATIONS.get(one, one) for one in key.split("-"))
    return spelled[:1].upper() + spelled[1:]
