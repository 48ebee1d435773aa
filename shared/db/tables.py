"""What every table is made of: naming, column types, the bases of what each service carries, and its newest revision."""

from collections.abc import Container, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, func
from sqlalchemy.dialects.postgresql import JSONB, dialect
from sqlalchemy.orm import registry
from sqlalchemy.types import UserDefinedType
from sqlmodel import SQLModel

NAMING: Mapping[str, str] = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

MIGRATIONS = Path(__file__).absolute().parents[2] / "migrations"


def new_metadata() -> MetaData:
    """A set of tables of its own, with the house's constraint names (Alembic needs them to be stable)."""
    return MetaData(naming_convention=dict(NAMING))


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: the order in which transactions began, comparable with a snapshot's horizon."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


Json = JSONB(none_as_null=True)
SINCE_NOW: Mapping[str, Any] = {"server_default": func.now()}
"""`sa_column_kwargs` of a column that the server fills with the time of the insert."""

JsonObject = dict[str, Any]


def column_types(table: type[SQLModel], *, without: Container[str] = ()) -> dict[str, str]:
    """A table's columns with their SQL types, in their order: for a statement that is written by hand.

    without: columns that the statement leaves to the server.
    """
    columns: Any = table.__table__.columns  # type: ignore[attr-defined]  # SQLModel does not type it
    return {one.name: str(one.type.compile(_DIALECT)) for one in columns if one.name not in without}


_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not type it

PLATFORM = new_metadata()
FACTS = new_metadata()


class PlatformTable(SQLModel, registry=registry(metadata=PLATFORM)):
    """Base of the tables every service's database has: work, audit, idempotency, revocations."""


class FactsTable(SQLModel, registry=registry(metadata=FACTS)):
    """Base of the tables of a service that is an author of facts: events, cells, epoch."""


@cache
def newest_revision(service: str) -> str | None:
    """The revision of the last migration file, `0002` of `0002_….py`; None when the files are not here.

    Read from the names, for every API process asks it and Alembic costs a tenth of its start.
    """
    files = (MIGRATIONS / service / "versions").glob("[0-9]*_*.py")
    return max((file.name.partition("_")[0] for file in files), default=None)
