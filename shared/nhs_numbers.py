"""What an NHS number is: how it is written, its check digit, the ranges that belong to nobody.

The check digit also tells a number in free text from ten digits that mean something else.
"""

import re
from operator import mul
from typing import Final

NHS_NUMBER_DIGITS: Final = 10
MODULUS: Final = 11
TEST_PREFIX: Final = "999"

_WEIGHTS: Final = tuple(range(10, 1, -1))
_GROUPED: Final = re.compile(r"[0-9]{3}([ -]?)[0-9]{3}\1[0-9]{4}")
# Blanks as spreadsheets, web pages and PDF files leave them: doubled, no-break, thin, or of no width at all.
_BLANKS: Final = re.compile("[ \u00a0\u2007\u2009\u200a\u202f]+")
_NO_WIDTH: Final = str.maketrans("", "", "\u200b\u2060\ufeff")
_SEPARATORS: Final = str.maketrans("", "", " -")


class NhsNumberFault(Exception):  # noqa: N818 -- a finding about text, raised and caught within a parse
    """Why a text is no NHS number: a code `nhs_number.…` of the contract, and a sentence without the text itself."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def canonical_nhs_number(text: str, *, test_numbers_allowed: bool) -> str:
    """The ten digits of an NHS number, written plainly or grouped 3-3-4 by blanks or hyphens.

    All ten numbers of one repeated digit pass the check of the last digit, so they are refused by name; 999 opens the
    range kept for tests. Source: NHS Data Dictionary, NHS NUMBER.
    Raises NhsNumberFault with code nhs_number.{required,format,length,repeated_digits,checksum,test_range}.
    """
    if not text:
        raise NhsNumberFault("nhs_number.required", "Give the NHS number.")
    if len(text) != NHS_NUMBER_DIGITS:
        text = plain_blanks(text)
    digits = text if len(text) == NHS_NUMBER_DIGITS else text.translate(_SEPARATORS)
    if not (digits.isascii() and digits.isdigit()):
        raise NhsNumberFault("nhs_number.format", "An NHS number is ten digits, optionally grouped 3-3-4.")
    if len(digits) != NHS_NUMBER_DIGITS:
        raise NhsNumberFault("nhs_number.length", "An NHS number has ten digits.")
    if digits is not text and not _GROUPED.fullmatch(text):
        raise NhsNumberFault("nhs_number.format", "An NHS number is ten digits, optionally grouped 3-3-4.")
    if digits == digits[0] * NHS_NUMBER_DIGITS:
        raise NhsNumberFault(
            "nhs_number.repeated_digits", "One repeated digit is a filler, not an NHS number."
        )
    if not check_digit_fits(digits):
        raise NhsNumberFault(
            "nhs_number.checksum", "The check digit does not fit: please compare with the record."
        )
    if not test_numbers_allowed and digits.startswith(TEST_PREFIX):
        raise NhsNumberFault("nhs_number.test_range", "Numbers beginning with 999 are kept for tests.")
    return digits


def plain_blanks(text: str) -> str:
    """A text with single plain spaces for its blanks, and none at its ends: what was meant by whoever pasted it."""
    if text.isascii() and "  " not in text and text.strip(" ") == text:
        return text
    return _BLANKS.sub(" ", text.translate(_NO_WIDTH)).strip(" ")


def without_separators(text: str) -> str:
    """A number as it is compared: two spellings of a failing one are one number, too."""
    if text.isascii() and text.isdigit():
        return text
    return plain_blanks(text).translate(_SEPARATORS)


def grouped_nhs_number(number: str) -> str:
    """As people read it: 999 000 0018."""
    digits = without_separators(number)
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def nhs_check_digit(nine: str) -> str | None:
    """The check digit of nine leading digits, "0".."9"; None when no valid number begins so.

    Weights 10..2 on the nine digits; 11 less the remainder by 11 is the check digit, 11 standing for 0 and 10 for no
    valid number. Source: NHS Data Dictionary, NHS NUMBER.
    """
    weighted = sum(map(mul, _WEIGHTS, map(int, nine)))
    check = (MODULUS - weighted % MODULUS) % MODULUS
    return None if check == MODULUS - 1 else str(check)


def check_digit_fits(ten: str) -> bool:
    """Whether the last of ten digits is the check digit of the others."""
    return nhs_check_digit(ten[:9]) == ten[9]
