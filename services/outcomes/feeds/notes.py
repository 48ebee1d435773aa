"""Free text that comes beside figures: short, printable, about no person, and not kept."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from shared.nhs_numbers import check_digit_fits

LONGEST_NOTE: Final = 10_000

_TEN_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True)
class BadText:
    """Text that may not be sent: the code and the mend."""

    code: str
    detail: str


def check_note(text: str) -> BadText | None:
    """Why a note is refused, None where it may be sent; a number that could be an NHS number is refused.

    A check finds no names, so what passes it is still left behind: no figure needs the words that somebody typed.
    """
    note = unicodedata.normalize("NFC", text.strip())
    if len(note) > LONGEST_NOTE:
        return BadText("text.too_long", f"A note has at most {LONGEST_NOTE:,} characters.")
    if _CONTROL.search(note):
        return BadText("text.control_character", "The note holds a control character. Type it again.")
    if _BIDI.search(note):
        return BadText("text.bidi_control", "The note holds an invisible direction mark. Type it again.")
    if names_a_person(note):
        return BadText(
            "file.pii_detected", "The note holds what looks like an NHS number. A return names no person."
        )
    return None


def names_a_person(text: str) -> bool:
    """Whether ten digits in the text pass the NHS number's check."""
    return any(check_digit_fits(re.sub(r"[ -]", "", found)) for found in _TEN_DIGITS.findall(text))
