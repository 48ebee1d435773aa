"""The site that the dashboard is, and who everybody is."""

from pathlib import Path
from typing import Final

from shared.auth.caller import BASE_SCOPES, EVERY_COMMUNITY, Caller
from shared.service.browsing.frame import Site
from shared.service.browsing.guard import PUBLIC

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


def everybody() -> Caller:
    """Who is not signed in: somebody who sees what was published."""
    return Caller(client=PUBLIC, scopes=BASE_SCOPES, communities=frozenset({EVERY_COMMUNITY}))
