"""What happens to a referral, recorded once: its event, the audit row and, where it is counted, the event of its facts."""

from uuid import UUID

from sqlalchemy import text

from services.referrals.records.encryption import decrypted, encrypted_event
from services.referrals.records.tables import Referral
from services.referrals.records.webhooks import tell_webhooks
from shared.audit.recording import AUDIT_INSERT, recorded_beside
from shared.audit.signing import About
from shared.facts.publishing import FACT_EVENT_INSERT, note_fact_event
from shared.ids import new_id
from shared.nhs_numbers import without_separators
from shared.service.acting import Act

# What every act writes goes in one statement: as three they took a fifth of an act's time.
_EVENT = """insert into referral_event (id, referral_id, event, at, by_client, by_org, payload)
    values (:id, :referral_id, cast(:topic as text), :at, :by_client, :by_org, :payload)"""
_HAPPENED = text(f"with event as ({_EVENT}) {AUDIT_INSERT}")
_COUNTED = text(f"with event as ({_EVENT}), audited as ({AUDIT_INSERT}) {FACT_EVENT_INSERT}")


async def happened(
    act: Act, event: str, referral: Referral, *, counts: UUID | None = None, **payload: str | None
) -> None:
    """Raise the referral's version and record the event that did so, in the act's transaction.

    counts: the row that the facts of the event's topic are about.   payload: what the event holds beside its name.
    """
    event_id = new_id()
    held = {"by_name": act.caller.name, **payload}
    sealed = encrypted_event(
        act.keyring, {name: value for name, value in held.items() if value is not None}, row=event_id
    )
    referral.version += 1
    about = _about(act, referral)
    about["version_before"] = referral.version - 1
    written = {
        "id": event_id,
        "referral_id": referral.id,
        "topic": event,
        "at": act.now,
        "by_client": act.caller.client,
        "by_org": act.caller.org,
        "payload": sealed,
        **recorded_beside(act.session, caller=act.caller, event=event, **about),
    }
    connection = await act.session.connection()
    if counts is None:
        await connection.execute(_HAPPENED, written)
    else:
        await connection.execute(_COUNTED, {**written, "subject": counts})
        note_fact_event(act.session)
    await tell_webhooks(act, event, referral, payload)


async def was_read(act: Act, event: str, referral: Referral, **detail: object) -> None:
    """Record that something of a referral was read, before anybody is told of it. detail: without personal data."""
    about = _about(act, referral)
    about["detail"] = detail
    await act.happened(event, **about)


def _about(act: Act, referral: Referral) -> About:
    number = decrypted(act.keyring, referral.nhs_number, column="nhs_number", row=referral.id)
    return {
        "resource_type": "referral",
        "resource_id": referral.id,
        "version_before": referral.version,
        "version_after": referral.version,
        "person": None if number is None else without_separators(number),
    }
