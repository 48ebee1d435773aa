"""The base of this service's own tables. `tables.py` beside it lists all of them."""

from datetime import date

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
