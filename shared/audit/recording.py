"""Writing an audit row in the transaction of what it tells about: no change without its record, no record without it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.audit.signing import SIGNED_COLUMNS, About, AuditSigner, signed_values
from shared.audit.tables import AuditRow
from shared.auth.caller import Caller

if TYPE_CHECKING:
    from shared.service.platform import Platform

SESSION_KEY = "audit"


def attach_audit(platform: "Platform") -> None:
    """Let every session of the platform's database record under the service's audit key. Called once at start."""
    signer = AuditSigner(service=platform.service, keyring=platform.keyring, clock=platform.clock)
    platform.database.session_info[SESSION_KEY] = signer


def audit_signer(platform: "Platform") -> AuditSigner:
    """The signer that `attach_audit` made. Raises RuntimeError when audit was not attached."""
    return _signer(platform.database.session_info)


def record(session: AsyncSession, *, caller: Caller | None, event: str, **about: Unpack[About]) -> None:
    """Add an audit row to the session's transaction.

    event: `resource.verb`, as in the event log ("referral.triaged", "feed.read").   caller: None for the platform itself.
    """
    signer = _signer(session.sync_session.info)
    values = signed_values(signer, caller=caller, event=event, about=about)
    session.add(AuditRow(**dict(zip(SIGNED_COLUMNS, values, strict=True)), mac=signer.mac(values)))


def _signer(info: Mapping[Any, Any]) -> AuditSigner:
    signer = info.get(SESSION_KEY)
    if not isinstance(signer, AuditSigner):
        raise RuntimeError(  # noqa: TRY004 - a wiring fault, not a wrong type
            "attach_audit(platform) has not been called: nothing is written without its audit row"
        )
    return signer
