"""Names as partners write them: which spellings are the same name, and which known name lies nearest.

A feed is matched by name, never by guess: two spellings are one name only when they fold to the same text. The
nearest name is for error messages, so that the sender can mend the file.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

_NEAR_ENOUGH: Final = 80.0
"""Of 100: below it a suggestion misleads more than it helps, for any word is like some place."""
_LONGEST_NAME: Final = 255  # comparing grows with the square of the length, and no name is longer
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


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
