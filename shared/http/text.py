"""Texts that people write: NFC, no control or bidi override characters, not blank; otherwise kept as they are.

A decomposed text (macOS and some clinical systems send it) is composed; nothing else about it is changed.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

LONGEST_NAME = 255
LONGEST_NOTE = 10_000

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_NOTE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Noncharacters, the byte order mark, invisible tag characters: no name has them, and they hide text from readers.
_FORBIDDEN = re.compile(
    "[\ufdd0-\ufdef\ufffe\uffff\ufeff\U000e0000-\U000e007f"
    + "".join(chr(plane << 16 | end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
    + "]"
)

# Letters, marks and a symbol of which nothing is seen when they stand alone: fillers of Hangul and Braille, joiners of
# graphemes, vowels of Khmer, variation selectors. Source: Unicode, Default_Ignorable_Code_Point, and U+2800.
_FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def clean_line(text: str) -> str:
    """A text of one line in NFC; PydanticCustomError with a `text.*` code when it has what it may not have."""
    if text.isascii() and text.isprintable():
        return _not_blank(text)
    return _not_blank(_clean(text, _CONTROL))


def clean_note(text: str) -> str:
    """A text of several lines in NFC: tabs and line breaks are its own, all else as `clean_line`."""
    if text.isascii() and text.isprintable():
        return _not_blank(text)
    return _not_blank(_clean(text, _CONTROL_IN_NOTE))


def _clean(text: str, control: re.Pattern[str]) -> str:
    for pattern, code, detail in (
        (_SURROGATE, "text.surrogate", "The text has half of a surrogate pair."),
        (control, "text.control_character", "The text has a control character."),
        (_BIDI, "text.bidi_control", "The text has a character that overrides the direction of writing."),
        (_FORBIDDEN, "text.forbidden", "The text has a character that no text needs."),
    ):
        if pattern.search(text):
            raise PydanticCustomError(code, detail)
    return unicodedata.normalize("NFC", text)


def _not_blank(text: str) -> str:
    # A space is the only printable ASCII character that cannot be seen.
    plain = text.isascii() and text.isprintable()
    if not (text.strip(" ") if plain else any(map(_visible, text))):
        raise PydanticCustomError("text.blank", "The text is blank.")
    return text


def _visible(character: str) -> bool:
    return not (
        character.isspace() or unicodedata.category(character) in {"Cf", "Cc"} or _FILLERS.match(character)
    )


def at_most(length: int) -> AfterValidator:
    """A limit in characters, counted after composing."""

    def check(text: str) -> str:
        if len(text) > length:
            raise PydanticCustomError("text.too_long", f"The text may have at most {length} characters.")
        return text

    return AfterValidator(check)


Name = Annotated[
    str,
    AfterValidator(clean_line),
    at_most(LONGEST_NAME),
    Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_NAME}),
]
"""A name or title: one line of up to 255 characters."""
Note = Annotated[
    str,
    AfterValidator(clean_note),
    at_most(LONGEST_NOTE),
    Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_NOTE}),
]
"""What somebody notes: several lines, up to 10,000 characters."""
