"""What an operator does about a token or client that is no longer to be trusted."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from starlette.responses import Response

from shared.auth.tables import Revocation
from shared.http.answers import json_answer
from shared.http.bodies import RequestBody
from shared.http.text import Name
from shared.ids import new_id
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import CREATED, OK, Router

revocations_router = Router(prefix="/v1/operations/revocations", tags=["operations"], impersonal=True)
Operator = Annotated[Act, may("operations.write")]
Identifier = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


class RevocationRequest(RequestBody):
    """What is to be refused from now on: a client (its `sub`) with all its tokens, or one token (its `jti`)."""

    client: Identifier | None = None
    token_id: Identifier | None = None
    reason: Name

    @model_validator(mode="after")
    def _names_one(self) -> "RevocationRequest":
        if (self.client is None) == (self.token_id is None):
            raise PydanticCustomError("body.required", "Name either `client` or `token_id`.")
        return self


class RevocationAnswer(BaseModel, from_attributes=True):
    """One entry of the list."""

    id: UUID
    client: str | None
    token_id: str | None
    reason: str
    revoked_by: str
    revoked_at: datetime


class RevocationList(BaseModel):
    """Every client and token that this service refuses, oldest first."""

    items: list[RevocationAnswer]


@revocations_router.get("")
async def list_revocations(act: Operator) -> RevocationList:
    """Every client and token that this service refuses."""
    rows = await act.session.exec(select(Revocation).order_by(col(Revocation.revoked_at), col(Revocation.id)))
    return RevocationList(items=[RevocationAnswer.model_validate(row) for row in rows])


@revocations_router.act(
    "",
    status_code=CREATED,
    responses={
        CREATED: {"model": RevocationAnswer},
        OK: {"model": RevocationAnswer, "description": "It was refused before"},
    },
)
async def revoke(act: Operator, target: RevocationRequest) -> Response:
    """Refuse a client or a token in this service, within twenty seconds in all its processes. Repeating it changes nothing."""
    row, is_new = await revoke_access(act, target)
    return json_answer(RevocationAnswer.model_validate(row), status=CREATED if is_new else OK)


async def revoke_access(act: Act, target: RevocationRequest) -> tuple[Revocation, bool]:
    """The entry that refuses this client or token, and whether it is new; two operators at once make one."""
    row = Revocation(id=new_id(), revoked_by=act.caller.client, revoked_at=act.now, **target.model_dump())
    connection = await act.session.connection()
    written = await connection.execute(insert(Revocation).values(row.model_dump()).on_conflict_do_nothing())
    if written.rowcount:
        await act.happened(
            "access.revoked", resource_type="revocation", resource_id=row.id, detail=_named(target)
        )
        return row, True
    same = (
        col(Revocation.client) == target.client
        if target.client
        else col(Revocation.token_id) == target.token_id
    )
    found = (await act.session.exec(select(Revocation).where(same))).one()
    await act.happened(
        "access.revoked-before", resource_type="revocation", resource_id=found.id, detail=_named(target)
    )
    return found, False


def _named(target: RevocationRequest) -> dict[str, str]:
    """What the audit says of the target: the client or the token. Why stands in the list, whose rows are never taken out."""
    return {"client": target.client} if target.client else {"token_id": target.token_id or ""}
