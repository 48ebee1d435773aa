"""What an auditor asks and is shown: the record without keys, hashes of persons in hexadecimal."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.http.query import DEFAULT_LIST, LONGEST_LIST

Filter = Annotated[str | None, Field(min_length=1, max_length=255)]


class AuditQuery(BaseModel):
    """Which rows an auditor asks for."""

    limit: int = Field(default=DEFAULT_LIST, ge=1, le=LONGEST_LIST)
    cursor: str | None = Field(default=None, max_length=2048)
    event: Filter = None
    client: Filter = None
    org: Filter = None
    resource_id: Filter = None

    def filters(self) -> dict[str, str]:
        """The columns that are asked for, with their values."""
        return self.model_dump(include={"event", "client", "org", "resource_id"}, exclude_none=True)


class AuditItem(BaseModel):
    """One audit row with its place in the chain. A member that does not apply is null."""

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


class AuditPage(BaseModel):
    """Audit rows, newest first."""

    items: list[AuditItem]
    next: str | None
