"""The base of this service's own tables. `tables.py` beside it lists all of them."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.db.tables import new_metadata

OWN = new_metadata()


class TrajectoriesTable(SQLModel, registry=registry(metadata=OWN)):
    """Base of every table that only this service has."""
