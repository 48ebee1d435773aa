"""What a well-formed NHS number, postcode, telephone number, e-mail address or organisation code is.

Pure: text in, canonical text out, or a fault that names its code. Nothing here repeats the text it was given.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from shared.nhs_numbers import NhsNumberFault, canonical_nhs_number, plain_blanks

# The outward code's six shapes and GIR 0AA (BS 7666, Royal Mail PAF guide).
_POSTCODE: Final = re.compile(
    r"(?:(GIR|[A-Z][0-9]{1,2}|[A-Z][0-9][A-Z]|[A-Z]{2}[0-9]{1,2}|[A-Z]{2}[0-9][A-Z]) ?([0-9][ABD-HJLNP-UW-Z]{2}))"
)
_PHONE: Final = re.compile(r"\+?[0-9 ().-]+(?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"x|ext", re.IGNORECASE)
_PHONE_DIGITS: Final = range(7, 16)
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_EMAIL_LENGTH: Final = 254
_PARTNER: Final = re.compile(r"[A-Za-z0-9-]{2,40}")
# What stands where a postcode is not known or not told: ZZ99 of people without a fixed abode or from abroad, whose inward
# code may hold letters that no real one has (NHS postcode directory), ZZZSECUR of those whose address is kept secret, and
# the British Forces' post offices by number.
_PSEUDO_POSTCODE: Final = re.compile(r"(ZZ99)(?: ?([0-9][A-Z]{2}))?|(ZZZ ?SECUR)|(BFPO)(?: ?([0-9]{1,4}))?")
# What one office writes in a name and another leaves out; dashes and apostrophes of every kind.
_BETWEEN_LETTERS: Final = re.compile(r"[\s\-\u2010-\u2015'\u2018\u2019\u201b\u02bb\u02bc`\u00b4.]+")


class Fault(Exception):  # noqa: N818 - a finding about text, raised and caught within a parse
    """Why a text is not what it should be: one of the contract's codes and a sentence without the text itself."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def nhs_number(text: str, *, test_numbers_allowed: bool) -> str:
    """The ten digits of an NHS number (see `shared.nhs_numbers`). Raises Fault with one of the codes `nhs_number.…`."""
    if not text:
        raise Fault("nhs_number.required", "Give the NHS number, or a local identifier and its system.")
    try:
        return canonical_nhs_number(text, test_numbers_allowed=test_numbers_allowed)
    except NhsNumberFault as fault:
        raise Fault(fault.code, fault.detail) from None


def folded_name(text: str) -> str:
    """A family name as two records of one person are compared: case, accents, blanks, hyphens and apostrophes forgiven.

    “O’Brien-Müller” and “OBRIEN MULLER” fold to the same text. Letters without an accent of their own (ø, ł) stay.
    """
    if text.isascii():
        return _BETWEEN_LETTERS.sub("", text).casefold()
    apart = unicodedata.normalize("NFKD", _BETWEEN_LETTERS.sub("", text))
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return _BETWEEN_LETTERS.sub("", unicodedata.normalize("NFKC", bare.casefold()))


def who(family: str, birth_date: date) -> str:
    """The text by which two records under one NHS number are found to be of one person, or of two."""
    return f"{folded_name(family)}\x00{birth_date.isoformat()}"


def postcode(text: str) -> str:
    """A UK postcode in capitals with one space before its inward code.

    Pseudo-postcodes pass (ZZ99 3VZ, ZZZSECUR, BFPO 57): they refuse nobody, and no community is routed by one.
    Raises Fault with code postcode.format.
    """
    plain = plain_blanks(text)
    if plain.isascii():
        plain = plain.upper()
        if (match := _POSTCODE.fullmatch(plain)) is not None:
            return f"{match[1]} {match[2]}"
        if (match := _PSEUDO_POSTCODE.fullmatch(plain)) is not None:
            return " ".join(part.replace(" ", "") for part in match.groups() if part)
    raise Fault("postcode.format", "A postcode is written like SW1A 1AA.")


def phone(text: str) -> str:
    """A telephone number as given, its blanks single: the usual separators and extension, 7 to 15 digits (ITU-T E.164).

    Raises Fault with code phone.format.
    """
    text = plain_blanks(text)
    main = _EXTENSION.split(text, maxsplit=1)[0]
    if not _PHONE.fullmatch(text) or sum(map(str.isdigit, main)) not in _PHONE_DIGITS:
        raise Fault(
            "phone.format", "A telephone number has 7 to 15 digits, spaces and an optional extension."
        )
    return text


def email(text: str) -> str:
    """An e-mail address as browsers accept one in a form, with a top-level domain, at most 254 characters.

    Raises Fault with code email.format. Source: HTML living standard, valid e-mail address; RFC 5321 for the length.
    """
    if len(text) > _EMAIL_LENGTH or not _EMAIL.fullmatch(text):
        raise Fault("email.format", "An e-mail address is written like name@example.org.")
    return text


def partner_code(text: str) -> str:
    """A partner without an ODS code: 2 to 40 letters, digits and hyphens. Raises Fault with code ods.format."""
    if not _PARTNER.fullmatch(text):
        raise Fault("ods.format", "A partner's code is two to forty letters, digits and hyphens.")
    return text
