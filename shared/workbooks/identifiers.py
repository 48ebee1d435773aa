"""Telling a person's NHS number in any text of a return, however it is written: a return names no person.

Digits of other scripts, invisible characters, any blanks, dashes, dots or strokes between the groups, a number with
decimals or in powers of ten, letters before and behind: all are looked through. The check digit decides
(`shared.nhs_numbers`), so that telephones, dates and counts stay what they are.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from shared.nhs_numbers import NHS_NUMBER_DIGITS, check_digit_fits
from shared.workbooks.sheets import Fault

LONGEST_NOTE: Final = 10_000

SHORTEST_NUMBER: Final = 10
"""No shorter text holds an NHS number."""

PII: Final = "file.pii_detected"

_GAP: Final = r"[\s.,_/'()\u00b7\u2010-\u2015\u2212\u2019-]"
_RUN: Final = re.compile(rf"[0-9](?:{_GAP}{{0,3}}[0-9])*")
_GROUP: Final = re.compile(r"[0-9]+")
_ENOUGH: Final = re.compile(r"[0-9](?:[^0-9]{0,3}[0-9]){9}|[0-9][eE]")
_POWER: Final = re.compile(r"(?<![0-9.])[1-9](?:\.[0-9]{1,15})?[eE]\+?0?9(?![0-9])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")

_USUAL: Final = (3, 3, 4)
# Odder groupings count only where they are all there is, since any list of numbers has such a part somewhere.
_ODD: Final = frozenset(
    {
        (3, 4, 3),
        (4, 3, 3),
        (3, 3, 3, 1),
        (1, 3, 3, 3),
        (3, 7),
        (7, 3),
        (6, 4),
        (4, 6),
        (5, 5),
        (2, 2, 2, 2, 2),
    }
) | {(1,) * NHS_NUMBER_DIGITS}

_FAULT: Final = Fault(
    PII,
    "This holds what looks like an NHS number. A return names no person: take it out and send the file again.",
)


def check_note(text: str) -> Fault | None:
    """Why a note is refused, None where it may be sent; a number that could be an NHS number is refused.

    A check finds no names, so what passes it is still left behind: no figure needs the words that somebody typed.
    """
    note = unicodedata.normalize("NFC", text.strip())
    if len(note) > LONGEST_NOTE:
        return Fault("text.too_long", f"A note has at most {LONGEST_NOTE:,} characters.")
    if _CONTROL.search(note):
        return Fault("text.control_character", "The note holds a control character. Type it again.")
    if _BIDI.search(note):
        return Fault("text.bidi_control", "The note holds an invisible direction mark. Type it again.")
    return check_text(note)


def check_text(text: str) -> Fault | None:
    """Why a cell of a return (a title, a label, a number, a footnote) is refused; None where it names no person."""
    return _FAULT if holds_nhs_number(text) else None


def holds_nhs_number(text: str) -> bool:
    """Whether a text holds ten digits that may be somebody's NHS number."""
    if len(text) < SHORTEST_NUMBER:
        return False
    plain = text if text.isascii() else _plain(text)
    if not _ENOUGH.search(plain):
        return False
    return any(map(check_digit_fits, _candidates(plain)))


def _plain(text: str) -> str:
    """The text with every digit an ASCII one, and without what nobody sees."""
    return "".join(
        str(unicodedata.digit(one)) if one.isdigit() and not one.isascii() else one
        for one in unicodedata.normalize("NFKC", text)
        if unicodedata.category(one) != "Cf"
    )


def _candidates(text: str) -> Iterator[str]:
    for power in _POWER.finditer(text):
        number = float(power[0])
        if number.is_integer():
            yield str(int(number))
    for run in _RUN.finditer(text):
        yield from _tens(text, list(_GROUP.finditer(text, *run.span())))


def _tens(text: str, groups: Sequence[re.Match[str]]) -> Iterator[str]:
    """The ten digits that groups of a run may be."""
    sizes = tuple(len(group[0]) for group in groups)
    for at, size in enumerate(sizes):
        if size == NHS_NUMBER_DIGITS and not (at and _is_fraction(text, groups[at - 1], groups[at])):
            yield groups[at][0]
        if sizes[at : at + 3] == _USUAL:
            yield "".join(group[0] for group in groups[at : at + 3])
    # A telephone number begins with 0, and no number of England with 1 or 2.
    if sizes in _ODD and groups[0][0][0] in "3456789":
        yield "".join(group[0] for group in groups)


def _is_fraction(text: str, before: re.Match[str], group: re.Match[str]) -> bool:
    """Whether digits are the decimals of a number: 3 of 7 is 0.4285714286."""
    return text[before.end() : group.start()] == "."
