"""The site that the dashboard is, and who everybody is."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from shared.auth.caller import BASE_SCOPES, EVERY_COMMUNITY, Caller
from shared.service.browsing.frame import Site
from shared.service.browsing.guard import PUBLIC
from shared.settings import PlatformSettings

SITE: Final = Site(
    folder=Path(__file__).with_name("templates"),
    name="Integrated care communities",
    footer="Counts of services and communities, never a person.",
    navigation=(
        ("/", "At a glance", "performance.read"),
        ("/measures", "Measures", "performance.read"),
        ("/revisions", "Revisions", "performance.read"),
        ("/feeds", "Feeds", "feeds.read"),
    ),
)
_ELSEWHERE: Final = (
    ("referrals", "/worklist", "Worklists", "referrals.work"),
    ("outcomes", "/check", "Check a return", "feeds.write"),
    ("outcomes", "/returns", "Returns", "feeds.read"),
)
"""Pages live where their data is; the dashboard leads to them."""


def site_of(settings: PlatformSettings) -> Site:
    """The dashboard with its ways to the pages of the other services, where it is known where browsers find these."""
    ways = (
        (f"{base}{path}", words, scope)
        for service, path, words, scope in _ELSEWHERE
        if (base := settings.pages_url_of(service)) is not None
    )
    return replace(SITE, navigation=(*SITE.navigation, *ways))


def everybody() -> Caller:
    """Who is not signed in: somebody who sees what was published."""
    return Caller(client=PUBLIC, scopes=BASE_SCOPES, communities=frozenset({EVERY_COMMUNITY}))
