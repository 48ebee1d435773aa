"""Reading the audit. Only sealed rows are shown: they have a number, and a page never changes behind its cursor."""

from collections.abc import Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.tables import AuditRow, AuditSeal
from shared.service.routes.audit_schemas import AuditItem


async def audit_before(
    session: AsyncSession, *, seq: int | None, filters: Mapping[str, str], limit: int
) -> Sequence[AuditItem]:
    """At most `limit` rows numbered below `seq` (None: from the newest), newest first.

    filters: column of the audit → value.
    """
    statement = (
        select(AuditSeal.seq, AuditRow)
        .join(AuditRow, col(AuditRow.id) == col(AuditSeal.audit_id))
        .order_by(col(AuditSeal.seq).desc())
        .limit(limit)
    )
    if seq is not None:
        statement = statement.where(col(AuditSeal.seq) < seq)
    for name, value in filters.items():
        statement = statement.where(getattr(AuditRow, name) == value)
    return [_item(number, row) for number, row in await session.exec(statement)]


def _item(seq: int, row: AuditRow) -> AuditItem:
    shown = row.model_dump(exclude={"txid", "recorded_at", "mac", "person_key"})
    key = row.person_key
    return AuditItem(seq=seq, person_key=key.hex() if key else None, **shown)
