"""Who is calling: the verified content of a bearer token, and nothing that the caller could have claimed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVERY_COMMUNITY = "*"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified client.

    client: the token's `sub`.   org: ODS, council, partner or team code.   communities: slugs, None when the token has no such
    claim (rows are then those of its `org`).   token_id: the token's `jti`.
    """

    client: str
    scopes: frozenset[str]
    org: str | None = None
    communities: frozenset[str] | None = None
    name: str | None = None
    token_id: str | None = None

    def has(self, scope: str) -> bool:
        """Whether the token allows this."""
        return scope in self.scopes

    @property
    def all_communities(self) -> bool:
        """Whether the token covers every community (`*`)."""
        return self.communities is not None and EVERY_COMMUNITY in self.communities


def caller_of(scope: Mapping[str, Any]) -> Caller | None:
    """The caller of an ASGI scope, None when the request was not (or not yet) authenticated."""
    caller = scope.get("state", {}).get("caller")
    return caller if isinstance(caller, Caller) else None
