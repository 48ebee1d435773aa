"""Numbers of JSON as they are written there."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def _exact(value: object) -> object:
    """58.9 is 58.9, and a text is no number."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number.type", "This must be a number.")
    return Decimal(repr(value))


Exact = Annotated[Decimal, BeforeValidator(_exact, json_schema_input_type=float)]
"""A number, exact to the digit that was sent."""
