"""What an entry of the Atom feed says of a signal about a return."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode

from services.outcomes.feeds.declarations import Feed
from services.outcomes.signals.tables import FeedSignal
from shared.http.atom import Entry, FeedHead
from shared.registry import Registry

HEAD: Final = FeedHead("feeds/signals", "Returns of councils: due, late, revised", "ICC platform, outcomes")
_TITLES: Final = {
    "feed.due": "{feed}: the return of {council} for {period} is due on {due}",
    "feed.late": "{feed}: the return of {council} for {period} is late; it was due on {due}",
    "feed.revised": "{feed}: {council} revised its return for {period}",
}


def entry_of(one: FeedSignal, *, feeds: Mapping[str, Feed], registry: Registry) -> Entry:
    """A signal. A feed or council that is declared no more goes by its key."""
    feed, council = feeds.get(one.feed), registry.council(one.council)
    told = {
        "feed": feed.title if feed else one.feed,
        "council": council.name if council else one.council,
        "period": one.period,
        "due": _day(one.due_on),
    }
    where = urlencode({"period": one.period, "council": one.council})
    links = [("alternate", f"/v1/feeds/{one.feed}/completeness?{where}")]
    if one.submission_id is not None:
        links.append(("related", f"/v1/feeds/{one.feed}/submissions/{one.submission_id}"))
    return Entry(
        id=one.id,
        title=_TITLES[one.kind].format(**told),
        at=one.at,
        categories=[
            ("kind", one.kind),
            ("feed", one.feed),
            ("council", one.council),
            ("period", one.period),
        ],
        links=links,
        summary=f"{told['council']}, {told['feed']}, {one.period}: due on {told['due']}.",
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
