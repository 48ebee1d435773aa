"""Text that comes beside figures: about no person wherever it stands; a note short, printable, and not kept."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from shared.nhs_numbers import check_digit_fits

LONGEST_NOTE: Final = 10_000

NAMES_A_PERSON: Final = "file.pii_detected"
SHORTEST_NUMBER: Final = 10
"""No shorter text holds an NHS number."""

_GAP: Final = r"[ .\u2010-\u2015-]?"
_TEN_DIGITS: Final = re.compile(rf"(?<![0-9])[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}(?![0-9])")
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
    return check_text(note)


def check_text(text: str) -> BadText | None:
    """Why a cell of a return (a title, a label, a footnote) is refused; None where it names no person."""
    if not names_a_person(text):
        return None
    return BadText(
        NAMES_A_PERSON,
        "This holds what looks like an NHS number. A return names no person: take it out and send the file again.",
    )


def names_a_person(text: str) -> bool:
    """Whether ten digits in the text pass the NHS number's check."""
    if len(text) < SHORTEST_NUMBER:
        return False
    plain = text if text.isascii() else " ".join(unicodedata.normalize("NFKC", text).split())
    return any(check_digit_fits(re.sub(r"[^0-9]", "", found)) for found in _TEN_DIGITS.findall(plain))
