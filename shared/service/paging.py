"""The one kind of list: `paging: Paging` (of `routing.py`) in a route's signature, `-> Page[Item]` as its answer.

The query reads at most `paging.limit + 1` rows behind `paging.after()`; `paging.page(rows, …)` shows them, with a cursor
for the next ones. A cursor is good only for the list, the client, the filters and the body it was given for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from shared.http.cursors import decode_cursor, encode_cursor

ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT")


class Page(BaseModel, Generic[ItemT]):
    """A part of a list; `next` is the value for `cursor=`, null at its end."""

    items: list[ItemT]
    next: str | None


@dataclass(frozen=True, slots=True)
class Pager:
    """Which part of which list is wanted.

    limit: rows a page shows.   of: the list's route template.   filters: what narrows the list, as it was asked.
    """

    limit: int
    cursor: str | None
    key: bytes
    of: str
    client: str
    filters: Mapping[str, object]

    def after(self) -> list[Any] | None:
        """The sort key of the last item shown before; None for the first page. BadRequest for a foreign cursor."""
        if self.cursor is None:
            return None
        return decode_cursor(self.key, self.cursor, of=self.of, client=self.client, filters=self.filters)

    def page(
        self,
        rows: Sequence[RowT],
        *,
        shown: Callable[[RowT], ItemT],
        at: Callable[[RowT], Sequence[Any]],
    ) -> Page[ItemT]:
        """The answer. rows: up to one more than the limit.   at: a row's sort key, of JSON values."""
        here = rows[: self.limit]
        more = len(rows) > self.limit
        following = self._cursor(at(here[-1])) if more else None
        return Page.model_construct(items=[shown(row) for row in here], next=following)

    def cut(self, items: Sequence[RowT], *, shown: Callable[[RowT], ItemT]) -> Page[ItemT]:
        """The answer of a list that is held whole; its cursor counts."""
        (start,) = self.after() or [0]
        numbered = list(enumerate(items[start : start + self.limit + 1], start=start + 1))
        return self.page(numbered, shown=lambda one: shown(one[1]), at=lambda one: [one[0]])

    def _cursor(self, position: Sequence[Any]) -> str:
        return encode_cursor(
            self.key, of=self.of, client=self.client, filters=self.filters, position=position
        )
