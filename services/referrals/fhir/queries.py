"""What is known of messages: the first of its two ids, the one that made a referral."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from services.referrals.deliveries.tables import Delivery, DeliveryPause
from services.referrals.fhir.tables import FhirMessage
from services.referrals.intake.statement import Companion
from shared.db.engine import Connection
from shared.db.tables import column_types
from shared.service.acting import Act

COLUMNS = column_types(FhirMessage)
# Ids whose message was refused are free for another body: a sender that mends it need not be told that it was processed.
MESSAGE_ROW = Companion(
    str(FhirMessage.__tablename__),
    tuple(COLUMNS.items()),
    f"""
    on conflict (org, request_id, correlation_id) do update
       set ({", ".join(COLUMNS)}) = ({", ".join(f"excluded.{one}" for one in COLUMNS)})
     where fhir_message.act is null and fhir_message.body_key <> excluded.body_key
    """,  # noqa: S608 -- as below
)
_CLAIM = f"""
    insert into fhir_message ({", ".join(COLUMNS)})
    values ({", ".join(f"${at}::{kind}" for at, kind in enumerate(COLUMNS.values(), 1))}) {MESSAGE_ROW.on_conflict} returning 1
"""  # noqa: S608 -- columns of this module
_FIRST = (
    "select id, act, failure from fhir_message where org = $1 and request_id = $2 and correlation_id = $3"
)


async def claimed(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Whether the ids of a message were free, and are its own now, until the transaction says otherwise."""
    return await connection.fetchrow(_CLAIM, *(row[name] for name in COLUMNS)) is not None


async def first_of(connection: Connection, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What came of the message that had these ids first."""
    ids = (row["org"], row["request_id"], row["correlation_id"])
    found: Mapping[str, Any] | None = await connection.fetchrow(_FIRST, *ids)
    return found


async def use_cases_of(act: Act, referrals: list[UUID]) -> Mapping[UUID, str]:
    """By which use case each of some referrals came in; those that came by another door are left out."""
    made = select(FhirMessage.referral_id, FhirMessage.use_case).where(
        col(FhirMessage.referral_id).in_(referrals), FhirMessage.act == "new"
    )
    return {one: case for one, case in await act.session.exec(made) if one is not None and case is not None}


async def claimed_in(act: Act, row: Mapping[str, Any]) -> bool:
    """`claimed`, in the transaction of an act."""
    asked = insert(FhirMessage).values({name: row[name] for name in COLUMNS})
    free = and_(col(FhirMessage.act).is_(None), col(FhirMessage.body_key) != asked.excluded.body_key)
    claim = asked.on_conflict_do_update(
        index_elements=["org", "request_id", "correlation_id"],
        set_={name: asked.excluded[name] for name in COLUMNS},
        where=free,
    ).returning(col(FhirMessage.id))
    connection = await act.session.connection()
    return (await connection.execute(claim)).first() is not None


async def newest_sent(act: Act, referral_id: UUID, *, without: UUID) -> datetime | None:
    """When the newest message was sent that says what a referral is, but for one message; None when no message did."""
    sent = select(func.max(FhirMessage.sent_at)).where(
        FhirMessage.referral_id == referral_id,
        col(FhirMessage.act).in_(("new", "update")),
        FhirMessage.id != without,
    )
    return (await act.session.exec(sent)).one()


async def answer_told(act: Act, answer_id: UUID, *, org: str) -> Delivery | None:
    """An answer to a message of an organisation, by the id of its Bundle."""
    return (
        await act.session.exec(select(Delivery).where(Delivery.id == answer_id, Delivery.org == org))
    ).first()


async def deliveries_of(act: Act, referral_id: UUID) -> Sequence[tuple[Delivery, datetime | None]]:
    """The answers about a referral, oldest first, each with the time until which its sender is left alone."""
    until = col(DeliveryPause.paused_until)
    found = (
        select(Delivery, until)
        .join(DeliveryPause, col(DeliveryPause.org) == col(Delivery.org), isouter=True)
        .where(Delivery.referral_id == referral_id)
        .order_by(col(Delivery.version))
    )
    return (await act.session.exec(found)).all()
