"""Scopes and the roles that bundle them. A token carries scopes, never a role: deny by default."""

from typing import Final

BASE_SCOPES: Final = frozenset(
    {"registry.read", "instruments.read", "catalogue.read", "directory.read", "performance.read"}
)
"""What every authenticated caller may do."""

_BUNDLES: Final[dict[str, str]] = {
    "practice-system": (
        "referrals.create referrals.read referrals.update care-plans.read measurements.write measurements.read "
        "messages.hl7 case-finding.reidentify performance.detail webhooks.write"
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
    "service": "facts.read",
}

ROLES: Final[dict[str, frozenset[str]]] = {
    role: BASE_SCOPES | frozenset(bundle.split()) for role, bundle in _BUNDLES.items()
}
"""Every role with the scopes `icc token --role` puts into its token."""

SCOPES: Final = frozenset().union(*ROLES.values())
"""Every scope there is."""

BAY_WIDE_ROLES: Final = frozenset(
    {"analyst", "publisher", "dashboard", "oversight", "operator", "auditor", "service"}
)
"""Roles whose local token covers every community unless some are named."""
