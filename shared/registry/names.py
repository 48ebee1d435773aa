"""What places and organisations are called: spellings of one name, codes, postcodes, before any of them is looked up.

A feed is matched by name, never by guess: two spellings are one name only when they fold to the same text. The
nearest name is for error messages, so that the sender can mend the file.
Sources: NHS Data Dictionary, "ORGANISATION CODE" and "GENERAL PRACTICE CODE" (a letter and five digits for a
practice of England); NHS Data Dictionary, "POSTCODE" (outward code, one blank, inward code).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from rapidfuzz import fuzz, process

_NEAR_ENOUGH: Final = 80.0
"""Of 100: below it a suggestion misleads more than it helps, for any word is like some place."""
_LONGEST_NAME: Final = 255  # comparing grows with the square of the length, and no name is longer
_NOT_LETTERS: Final = re.compile(r"[\W_]+")

_PRACTICE: Final = re.compile(r"[A-Z][0-9]{5}", re.ASCII)
_ORGANISATION: Final = re.compile(r"[A-Z0-9]{3,10}", re.ASCII)
_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9])[A-Z]{2}", re.ASCII)


def fold(text: str) -> str:
    """The form in which spellings are compared: case, blanks, punctuation and "&" for "and" forgiven.

    "Hill &  Dale (Hill only)" and "hill and dale - HILL ONLY" fold to the same text.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    return _NOT_LETTERS.sub(" ", plain.replace("'", "").replace("’", "")).strip()


def nearest(text: str, names: Sequence[str]) -> str | None:
    """The known name most like a text, or None when none comes near; ties go to the earlier name."""
    folded = fold(text)
    if not folded or len(folded) > _LONGEST_NAME:
        return None
    found = process.extractOne(folded, names, processor=fold, scorer=fuzz.WRatio, score_cutoff=_NEAR_ENOUGH)
    return None if found is None else found[0]


def is_practice_code(text: str) -> bool:
    """Whether a text has the form of a GP practice code: a capital letter and five digits."""
    return _PRACTICE.fullmatch(text) is not None


def is_organisation_code(text: str) -> bool:
    """Whether a text has the form of any ODS code: three to ten capital letters and digits."""
    return _ORGANISATION.fullmatch(text) is not None


def postcode_areas(postcode: str) -> tuple[str, str] | None:
    """The areas a postcode lies in, narrowest first: its sector ("LA12 8") and its outward code ("LA12").

    Case and the blank are forgiven. None when the text is not a postcode.
    """
    match = _POSTCODE.fullmatch(postcode.strip().upper())
    if match is None:
        return None
    return f"{match[1]} {match[2]}", match[1]


def _practice_code(text: str) -> str:
    if not is_practice_code(text):
        raise PydanticCustomError("ods.format", "A GP practice code is a capital letter and five digits.")
    return text


def _organisation_code(text: str) -> str:
    if not is_organisation_code(text):
        raise PydanticCustomError("ods.format", "An ODS code is three to ten capital letters and digits.")
    return text


PracticeCode = Annotated[str, AfterValidator(_practice_code)]
"""A GP practice code in a body, a row or the registry; refused with `ods.format`."""

OrganisationCode = Annotated[str, AfterValidator(_organisation_code)]
"""Any ODS code in a body, a row or the registry; refused with `ods.format`."""
