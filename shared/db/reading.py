"""Reads in the middle of a change."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


@contextmanager
def unwritten(session: AsyncSession, table: type[SQLModel]) -> Iterator[None]:
    """Reads of one table write nothing first, unless something of that very table waits to be written.

    A session writes all that has changed before each read. A row that changes before the read and after it would be
    written twice, with all its indexes.
    """
    if not is_written(session, table):
        yield
        return
    with session.no_autoflush:
        yield


def is_written(session: AsyncSession, table: type[SQLModel]) -> bool:
    """Whether nothing of a table waits to be written, so that a statement on the bare driver sees all of it."""
    return not any(isinstance(one, table) for one in (*session.new, *session.dirty, *session.deleted))
