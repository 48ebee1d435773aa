"""Reading the audit, which is itself audited. Only sealed rows are shown: they have a number, and pages never change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.tables import AuditRow, AuditSeal
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page, Pager
from shared.service.routing import Paging, Router

audit_router = Router(prefix="/v1/audit", tags=["audit"])
Auditor = Annotated[Act, may("audit.read")]
Event = Annotated[str | None, Query(min_length=1, max_length=255, examples=["referral.read"])]
Client = Annotated[str | None, Query(min_length=1, max_length=255, examples=["local:analyst"])]
Org = Annotated[str | None, Query(min_length=1, max_length=255, examples=["A82026"])]
Resource = Annotated[
    str | None,
    Query(min_length=1, max_length=255, examples=["0190a6e5-7c1d-7b60-9c54-2f6c1d9a7e11"]),
]


class AuditItem(BaseModel):
    """One audit row with its place in the chain, persons as keyed hashes. A member that does not apply is null."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    id: UUID
    at: datetime
    event: str
    outcome: str
    code: str | None
    client: str | None
    client_name: str | None
    role: str | None
    org: str | None
    purpose: str | None
    peer: str | None
    request_id: str | None
    correlation_id: str | None
    resource_type: str | None
    resource_id: str | None
    version_before: int | None
    version_after: int | None
    person_key: str | None
    detail: dict[str, Any]


@audit_router.get("")
async def read_audit(
    act: Auditor,
    paging: Paging,
    event: Event = None,
    client: Client = None,
    org: Org = None,
    resource_id: Resource = None,
) -> Page[AuditItem]:
    """What was read, changed and refused in this service, newest first, as far as it is sealed (about a second ago)."""
    asked = {"event": event, "client": client, "org": org, "resource_id": resource_id}
    filters = {name: value for name, value in asked.items() if value is not None}
    found = await sealed_rows(act.session, filters=filters, paging=paging)
    page = paging.page(found, shown=_shown, at=lambda row: [row[0]])
    detail = {"filter": filters, "rows": len(page.items)}
    await act.happened("audit.read", resource_type="audit", detail=detail)
    return page


async def sealed_rows(
    session: AsyncSession, *, filters: Mapping[str, str], paging: Pager
) -> Sequence[tuple[int, AuditRow]]:
    """Audit rows with their numbers, newest first. filters: column of the audit → value."""
    statement = (
        select(AuditSeal.seq, AuditRow)
        .join(AuditRow, col(AuditRow.id) == col(AuditSeal.audit_id))
        .order_by(col(AuditSeal.seq).desc())
        .limit(paging.limit + 1)
    )
    if before := paging.after():
        statement = statement.where(col(AuditSeal.seq) < before[0])
    for name, value in filters.items():
        statement = statement.where(getattr(AuditRow, name) == value)
    return (await session.exec(statement)).all()


def _shown(numbered: tuple[int, AuditRow]) -> AuditItem:
    seq, row = numbered
    told = row.model_dump(exclude={"txid", "recorded_at", "mac", "person_key"})
    return AuditItem(seq=seq, person_key=row.person_key.hex() if row.person_key else None, **told)
