"""Who is calling, and what a caller may do: the verified content of a token, the scopes, the roles that bundle them.

A token carries scopes, never a role: what no scope allows is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

EVERY_COMMUNITY = "*"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified client.

    client: the token's `sub`.   org: ODS, council, partner or team code.   communities: slugs, None when the token has no such
    claim (rows are then those of its `org`).   token_id: the token's `jti`.
    service: the sister service that asks, None for everybody else.   purpose: what the token is for, where it says so.
    """

    client: str
    scopes: frozenset[str]
    org: str | None = None
    communities: frozenset[str] | None = None
    name: str | None = None
    token_id: str | None = None
    service: str | None = None
    purpose: str | None = None

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


BASE_SCOPES: Final = frozenset(
    {"registry.read", "instruments.read", "catalogue.read", "directory.read", "performance.read"}
)
"""What every authenticated caller may do."""

_BUNDLES: Final[dict[str, str]] = {
    "practice-system": (
        "referrals.create referrals.read referrals.update care-plans.read measurements.write measurements.read "
        "messages.hl7 case-finding.write case-finding.reidentify performance.detail webhooks.write"
    ),
    "hospital-system": (
        "referrals.create referrals.read referrals.update care-plans.read care-plans.write measurements.write "
        "measurements.read messages.hl7 activity.write webhooks.write"
    ),
    "partner": "referrals.create referrals.read onward.respond",
    "council-feed": "feeds.write feeds.read performance.detail",
    "case-manager": (
        "referrals.read referrals.work cases.read cases.work care-plans.read care-plans.write onward.respond "
        "mdt.write case-finding.write measurements.write measurements.read events.write performance.detail"
    ),
    "development-lead": (
        "directory.write events.write insights.write programmes.write plans.write targets.write commentary.write "
        "evaluations.write feeds.read needs.read reports.read performance.detail"
    ),
    "analyst": (
        "activity.write trajectories.write targets.write evaluations.write feeds.read needs.read reports.read "
        "performance.detail"
    ),
    "publisher": "trajectories.approve reports.publish reports.read feeds.read performance.detail",
    "oversight": "performance.detail reports.read",
    "dashboard": "",
    "operator": "metrics.read operations.write feeds.read",
    "auditor": "audit.read",
}

EDGES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("trajectories", "referrals"): frozenset({"facts.read"}),
    ("trajectories", "outcomes"): frozenset({"facts.read"}),
    ("referrals", "outcomes"): frozenset({"measurements.status"}),
}
"""What one service may ask of another: (who asks, who is asked) → scopes. Nothing else, and nobody else may ask it."""

EDGE_SCOPES: Final = frozenset().union(*EDGES.values())

ROLES: Final[dict[str, frozenset[str]]] = {
    **{role: BASE_SCOPES | frozenset(bundle.split()) for role, bundle in _BUNDLES.items()},
    "service": EDGE_SCOPES,
}
"""Every role with the scopes `icc token --role` puts into its token."""

SCOPES: Final = frozenset().union(*ROLES.values())
"""Every scope there is."""

BAY_WIDE_ROLES: Final = frozenset({"analyst", "publisher", "dashboard", "oversight", "operator", "auditor"})
"""Roles whose local token covers every community unless some are named."""
