"""The form of organisation codes and postcodes: what can be said of one before it is looked up.

Sources: NHS Data Dictionary, "ORGANISATION CODE" and "GENERAL PRACTICE CODE" (a letter and five digits for a
practice of England); NHS Data Dictionary, "POSTCODE" (outward code, one blank, inward code).
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_PRACTICE: Final = re.compile(r"[A-Z][0-9]{5}", re.ASCII)
_ORGANISATION: Final = re.compile(r"[A-Z0-9]{3,10}", re.ASCII)
_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9])[A-Z]{2}", re.ASCII)


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
