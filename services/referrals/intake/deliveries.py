"""One arrival of a referral, and what its sender is answered."""

from dataclasses import dataclass
from uuid import UUID

from shared.auth.caller import Caller

ROUTE = "POST /v1/referrals"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender is answered: the 201's bytes, the referral's id, and whether this repeats an earlier answer."""

    id: UUID
    body: bytes
    replayed: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """One arrival of a referral: who sent what, under which key."""

    caller: Caller
    body: bytes
    key: str | None

    @property
    def owner(self) -> str:
        """Whose referral it is: the token's organisation, or the client where the token names none."""
        return self.caller.org or self.caller.client
