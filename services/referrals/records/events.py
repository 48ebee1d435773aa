"""What happens to a referral, recorded once: its event, the audit row and, where it is counted, the event of its facts."""

from uuid import UUID

from services.referrals.records.encryption import decrypted, encrypted_event
from services.referrals.records.tables import Referral
from services.referrals.records.webhooks import told_beside
from shared.audit.recording import AUDIT_INSERT, recorded_beside
from shared.audit.signing import About
from shared.db.bare import Bare
from shared.deliveries.events import TELL_EACH, note_told
from shared.facts.publishing import FACT_EVENT_INSERT, note_fact_event
from shared.ids import new_id
from shared.nhs_numbers import without_separators
from shared.service.acting import Act

# What every act writes goes in one statement: as three they took a fifth of an act's time.
_EVENT = """insert into referral_event (id, referral_id, event, at, by_client, by_org, payload)
    values (:id, :referral_id, cast(:topic as text), :at, :by_client, :by_org, :payload)"""
_COUNTED = f", counted as ({FACT_EVENT_INSERT})"


def _writing(counted: str, end: str) -> Bare:
    return Bare(f"with event as ({_EVENT}), audited as ({AUDIT_INSERT}){counted} {end}")


# By whether it is counted, and whether webhooks are told of it.
_STATEMENTS = {
    (counts, tells): _writing(_COUNTED if counts else "", TELL_EACH if tells else "select 1 where false")
    for counts in (False, True)
    for tells in (False, True)
}


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
    told = told_beside(act, event, referral, payload)
    statement = _STATEMENTS[counts is not None, told is not None]
    if await statement.rows(act.session, {**written, "subject": counts, **(told or {})}):
        note_told(act.session)
    if counts is not None:
        note_fact_event(act.session)


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
