"""An id in an address: a UUID as it is written everywhere, eight, four, four, four and twelve hexadecimal digits.

Python reads more: without hyphens, in braces, as a URN. What is an id at one address must be one at every other.
"""

import re
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_CANONICAL = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")


def parse_id(text: str) -> UUID:
    """The UUID that a part of an address is, in either case of its letters. PydanticCustomError id.format for all else."""
    if not _CANONICAL.match(text):
        raise PydanticCustomError("id.format", "This must be a UUID.")
    return UUID(text)


_AS_WRITTEN = BeforeValidator(parse_id)
PathId = Annotated[UUID, _AS_WRITTEN]
"""`referral_id: PathId`: an id in a route's path."""


def is_path_id(annotation: object, metadata: list[object]) -> bool:
    """Whether a parameter was declared as a PathId, as the framework keeps its parts."""
    return annotation is UUID and _AS_WRITTEN in metadata
