"""One caller doing one thing in one transaction: what every ordinary route hands to its action.

Nothing here knows a web framework, so that a worker can act too. `guard.py` makes an act of a request.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.recording import record
from shared.audit.signing import About
from shared.auth.caller import Caller
from shared.crypto.keyring import Keyring
from shared.facts.publishing import record_fact_event
from shared.idempotency.answers import KeyedRequest
from shared.registry.registry import Registry
from shared.service.platform import Platform


@dataclass(frozen=True, slots=True)
class Act:
    """A caller at work in one transaction.

    now: aware UTC.   keyed: under which key a repeat gets this act's answer, None where it is not asked for.
    headers: what the answer's head shall bear beside what follows from the answer itself; routes alone fill it.
    """

    caller: Caller
    session: AsyncSession
    platform: Platform
    now: datetime
    keyed: KeyedRequest | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def registry(self) -> Registry:
        """The communities."""
        return self.platform.registry

    @property
    def keyring(self) -> Keyring:
        """The keys of this service."""
        return self.platform.keyring

    def sealed(self, table: type[SQLModel], row: UUID, **texts: str | bytes | None) -> dict[str, Any]:
        """Encrypted columns of a row, each bound to its table, column and row id; None stays null."""
        name = str(table.__tablename__)
        return {
            column: None if text is None else self.keyring.encrypt(text, table=name, column=column, row=row)
            for column, text in texts.items()
        }

    def opened(self, row: SQLModel, column: str) -> str | None:
        """The text of an encrypted column of a row that has an `id`; what `sealed` was given."""
        blob = getattr(row, column)
        if blob is None:
            return None
        name, row_id = str(row.__tablename__), getattr(row, "id")  # noqa: B009 -- every row here has one
        return self.keyring.decrypt(blob, table=name, column=column, row=row_id)

    async def happened(self, event: str, *, counts: UUID | None = None, **about: Unpack[About]) -> None:
        """Record what was done or read: its audit row and, for what is counted, the event of its facts.

        event: `resource.verb`, which is also the topic of the facts.   counts: the subject that the facts are about.
        """
        record(self.session, caller=self.caller, event=event, **about)
        if counts is not None:
            await record_fact_event(self.session, topic=event, subject=counts)
