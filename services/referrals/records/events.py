"""What happens to a referral, recorded once: its event, the audit row and, where it is counted, the event of its facts."""

from uuid import UUID

from services.referrals.records.encryption import decrypted, encrypted_event
from services.referrals.records.tables import Referral, ReferralEvent
from services.referrals.records.webhooks import tell_webhooks
from shared.audit.signing import About
from shared.ids import new_id
from shared.nhs_numbers import without_separators
from shared.service.acting import Act


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
    act.session.add(
        ReferralEvent(
            id=event_id,
            referral_id=referral.id,
            event=event,
            at=act.now,
            by_client=act.caller.client,
            by_org=act.caller.org,
            payload=sealed,
        )
    )
    about = _about(act, referral)
    about["version_before"] = referral.version - 1
    await act.happened(event, counts=counts, **about)
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
