"""The signals as an Atom document (RFC 4287), which feed readers and mail rules understand without a client of ours."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from services.outcomes.feeds.declarations import Feed
from services.outcomes.signals.tables import FeedSignal
from shared.registry import Registry
from shared.service.paging import Page

ATOM: Final = "application/atom+xml"
PATH: Final = "/v1/feeds/signals.atom"

_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_ID: Final = "tag:icc-platform.example,2026:feeds/signals"
_NEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without a signal was last updated: Atom wants an instant, and it must not move."""
_TITLES: Final = {
    "feed.due": "{feed}: the return of {council} for {period} is due on {due}",
    "feed.late": "{feed}: the return of {council} for {period} is late; it was due on {due}",
    "feed.revised": "{feed}: {council} revised its return for {period}",
}


def atom_document(
    page: Page[FeedSignal],
    *,
    feeds: Mapping[str, Feed],
    registry: Registry,
    query: Mapping[str, str],
    cursor: str | None,
) -> tuple[bytes, str]:
    """The document of a page of signals, and its entity tag.

    query: what was asked for, without `cursor`, which is where this page begins.
    """
    root = ET.Element("feed", xmlns=_NAMESPACE)
    _text(root, "title", "Returns of councils: due, late, revised")
    _text(root, "id", _ID)
    _text(root, "updated", _instant(max((one.at for one in page.items), default=_NEVER)))
    author = ET.SubElement(root, "author")
    _text(author, "name", "ICC platform, outcomes")
    _link(root, "self", {**query, "cursor": cursor})
    if page.next is not None:
        _link(root, "next", {**query, "cursor": page.next})
    for one in page.items:
        root.append(_entry(one, feeds=feeds, registry=registry))
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content, f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def _entry(one: FeedSignal, *, feeds: Mapping[str, Feed], registry: Registry) -> ET.Element:
    """A signal. A feed or council that is declared no more goes by its key."""
    entry = ET.Element("entry")
    feed, council = feeds.get(one.feed), registry.council(one.council)
    told = {
        "feed": feed.title if feed else one.feed,
        "council": council.name if council else one.council,
        "period": one.period,
        "due": _day(one.due_on),
    }
    _text(entry, "id", f"urn:uuid:{one.id}")
    _text(entry, "title", _TITLES[one.kind].format(**told))
    _text(entry, "updated", _instant(one.at))
    for scheme, term in (
        ("kind", one.kind),
        ("feed", one.feed),
        ("council", one.council),
        ("period", one.period),
    ):
        ET.SubElement(entry, "category", term=term, scheme=f"{_ID}/{scheme}")
    where = {"period": one.period, "council": one.council}
    ET.SubElement(
        entry, "link", rel="alternate", href=f"/v1/feeds/{one.feed}/completeness?{urlencode(where)}"
    )
    if one.submission_id is not None:
        submission = f"/v1/feeds/{one.feed}/submissions/{one.submission_id}"
        ET.SubElement(entry, "link", rel="related", href=submission)
    _text(entry, "summary", f"{told['council']}, {told['feed']}, {one.period}: due on {told['due']}.")
    return entry


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _link(parent: ET.Element, rel: str, query: Mapping[str, str | None]) -> None:
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    ET.SubElement(parent, "link", rel=rel, type=ATOM, href=f"{PATH}{asked and f'?{asked}'}")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
