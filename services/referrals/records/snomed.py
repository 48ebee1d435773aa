"""What a SNOMED CT identifier of a concept is: its length, its partition, its check digit. Pure.

Source: SNOMED International, Release File Specification, "SNOMED CT Identifiers" (SCTID, partition identifier, check digit).
"""

from typing import Final

LENGTHS: Final = range(6, 19)
# The two digits before the check digit: 00 for concepts of the International Edition, 10 for those of an extension.
CONCEPT_PARTITIONS: Final = frozenset(("00", "10"))

# Verhoeff's scheme works in the symmetries of a pentagon: five rotations (0 to 4) and five reflections (5 to 9).
_MULTIPLIED: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_FIRST_PERMUTATION: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permutations() -> tuple[tuple[int, ...], ...]:
    """The permutation of each place, counted from the check digit: every one is the first, applied once more."""
    rows = [tuple(range(10))]
    while len(rows) < 8:  # noqa: PLR2004 - the eighth power is the identity again
        rows.append(tuple(_FIRST_PERMUTATION[digit] for digit in rows[-1]))
    return tuple(rows)


_PERMUTED: Final = _permutations()


def check_digit_fits(digits: str) -> bool:
    """Whether the last of some ASCII digits is the Verhoeff check digit of those before it."""
    found = 0
    for place, digit in enumerate(reversed(digits)):
        found = _MULTIPLIED[found][_PERMUTED[place % 8][int(digit)]]
    return found == 0


def concept_fault(code: str) -> str | None:
    """Why a text is no identifier of a concept, as a sentence without the text; None when it is one."""
    if not (code.isascii() and code.isdigit() and len(code) in LENGTHS) or code.startswith("0"):
        return "A SNOMED CT identifier has 6 to 18 digits and does not begin with 0."
    if not check_digit_fits(code):
        return "The check digit of the SNOMED CT identifier does not fit: please compare with the record."
    if code[-3:-1] not in CONCEPT_PARTITIONS:
        return "A reason is a concept of SNOMED CT, not a description or a relationship."
    return None
