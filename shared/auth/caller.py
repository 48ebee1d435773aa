"""Who is calling: the verified content of a bearer token, and nothing that the caller could have claimed elsewhere."""

from dataclasses import dataclass

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
