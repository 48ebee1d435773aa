"""Signals as an Atom document (RFC 4287), which feed readers and mail rules understand without a client of ours."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from xml.etree import ElementTree as ET

from fastapi import Request, Response

from shared.http.conditional import not_modified

ATOM: Final = "application/atom+xml"

_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_NEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without a signal was last updated: Atom wants an instant, and it must not move."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One signal. categories: scheme and term.   links: relation and address."""

    id: UUID
    title: str
    at: datetime
    categories: Sequence[tuple[str, str]]
    links: Sequence[tuple[str, str]]
    summary: str


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself. key: what tells it from our other feeds, for ever."""

    key: str
    title: str
    author: str


def atom_answer(
    request: Request, head: FeedHead, entries: Sequence[Entry], *, cursor: str | None, following: str | None
) -> Response:
    """The answer with a page of entries, newest first; 304 where the reader has it.

    cursor: where this page begins.   following: where the next one does.   Pages are linked as RFC 5005 has it.
    """
    query = {name: value for name, value in request.query_params.items() if name != "cursor"}
    pages = {"self": {**query, "cursor": cursor}}
    if following is not None:
        pages["next"] = {**query, "cursor": following}
    content = _document(head, entries, {rel: _address(request, one) for rel, one in pages.items()})
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    # What an entry tells depends on who reads: a cache between us keeps one for each.
    headers = {"ETag": tag, "Cache-Control": "private, max-age=60", "Vary": "Authorization"}
    if not_modified(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=ATOM, headers=headers)


def _document(head: FeedHead, entries: Sequence[Entry], pages: Mapping[str, str]) -> bytes:
    identity = f"tag:icc-platform.example,2026:{head.key}"
    root = ET.Element("feed", xmlns=_NAMESPACE)
    _text(root, "title", head.title)
    _text(root, "id", identity)
    _text(root, "updated", _instant(max((one.at for one in entries), default=_NEVER)))
    _text(ET.SubElement(root, "author"), "name", head.author)
    for rel, address in pages.items():
        ET.SubElement(root, "link", rel=rel, type=ATOM, href=address)
    for one in entries:
        root.append(_entry(one, identity))
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _entry(one: Entry, identity: str) -> ET.Element:
    entry = ET.Element("entry")
    _text(entry, "id", f"urn:uuid:{one.id}")
    _text(entry, "title", one.title)
    _text(entry, "updated", _instant(one.at))
    for scheme, term in one.categories:
        ET.SubElement(entry, "category", term=term, scheme=f"{identity}/{scheme}")
    for rel, address in one.links:
        ET.SubElement(entry, "link", rel=rel, href=address)
    _text(entry, "summary", one.summary)
    return entry


def _address(request: Request, query: Mapping[str, str | None]) -> str:
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{request.url.path}{asked and f'?{asked}'}"


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
