"""How an event is signed: https://www.standardwebhooks.com, symmetric signatures. Pure, but for the making of a secret."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A secret as its receiver is given it, once."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, content: bytes, *, event: UUID, at: datetime) -> dict[str, str]:
    """The headers of one attempt. event: the same at each attempt.   at: of the attempt."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    stamp = str(int(at.timestamp()))
    signature = hmac.digest(key, f"{event}.{stamp}.".encode() + content, "sha256")
    return {
        "Content-Type": "application/json",
        "webhook-id": str(event),
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
