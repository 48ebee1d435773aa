"""What every table is made of: naming, column types, and the bases of the tables that each service carries."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, DateTime, MetaData
from sqlalchemy.dialects.postgresql import JSONB, UUID
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


def new_metadata() -> MetaData:
    """A set of tables of its own, with the house's constraint names (Alembic needs them to be stable)."""
    return MetaData(naming_convention=dict(NAMING))


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: the order in which transactions began, comparable with a snapshot's horizon."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


Instant = DateTime(timezone=True)
Json = JSONB(none_as_null=True)
Id = UUID(as_uuid=True)
Long = BigInteger()

JsonObject = dict[str, Any]

PLATFORM = new_metadata()
FACTS = new_metadata()


class PlatformTable(SQLModel, registry=registry(metadata=PLATFORM)):
    """Base of the tables every service's database has: work, audit, idempotency, revocations."""


class FactsTable(SQLModel, registry=registry(metadata=FACTS)):
    """Base of the tables of a service that is an author of facts: events, cells, epoch."""
