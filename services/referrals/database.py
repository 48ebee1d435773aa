"""The base of this service's own tables. `tables.py` beside it lists all of them."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db.tables import new_metadata

OWN = new_metadata()


class ReferralsTable(SQLModel, registry=registry(metadata=OWN)):
    """Base of every table that only this service has."""


class Counted(SQLModel):
    """Columns of a row that a fact counts: where and in which month it belongs, for good. Index both together."""

    counted_month: date
    counted_place: str


class Described(SQLModel):
    """Columns of a row about a person whom a fact describes: only the bands, decided when the row is made; None is unknown.

    They have no check: one costs each insert more than its column, and the bands are not of a sender's making.
    """

    counted_age: str | None = None
    counted_sex: str | None = None
    counted_deprivation: str | None = None
    counted_ethnicity: str | None = None


BY_PEOPLE: Final[Mapping[str, str]] = MappingProxyType(
    {name: f"own.counted_{name}" for name in ("age", "sex", "deprivation", "ethnicity")}
)
"""What the facts of a described row are broken down by."""


def bands_of(row: Described) -> dict[str, Any]:
    """The bands of a row, for another that counts the same person."""
    return {name: getattr(row, name) for name in Described.model_fields}
