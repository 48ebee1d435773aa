"""What each key is for, and which service may hold it."""

from collections.abc import Mapping
from enum import StrEnum


class Purpose(StrEnum):
    """What a key is for. A key is never used for two purposes."""

    DATA = "data"
    BLIND_INDEX = "blind-index"
    PSEUDONYM = "pseudonym"
    AUDIT = "audit"
    SIGNING = "signing"


EVERY_SERVICE = frozenset({Purpose.DATA, Purpose.AUDIT, Purpose.SIGNING})

# A service not named here gets what every service needs: a way to encrypt, to keep evidence, to sign cursors.
SPECIAL_GRANTS: Mapping[str, frozenset[Purpose]] = {
    "referrals": frozenset({Purpose.BLIND_INDEX, Purpose.PSEUDONYM}),
    "outcomes": frozenset({Purpose.PSEUDONYM}),
}


def purposes_granted(service: str) -> frozenset[Purpose]:
    """The purposes of the keys that a service may hold."""
    return EVERY_SERVICE | SPECIAL_GRANTS.get(service, frozenset())
