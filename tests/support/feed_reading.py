"""Atom feeds, as their readers parse them."""

from xml.etree import ElementTree as ET

import httpx

ATOM = "{http://www.w3.org/2005/Atom}"


def parsed(answer: httpx.Response) -> ET.Element:
    """The feed of an answer."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml"), answer.text
    return ET.fromstring(answer.content)  # noqa: S314 -- what our own service wrote


def entries(feed: ET.Element) -> list[ET.Element]:
    """The entries of a feed, as it has them."""
    return feed.findall(f"{ATOM}entry")


def links(element: ET.Element) -> dict[str, str]:
    """The links of a feed or an entry, by relation."""
    return {link.get("rel") or "": link.get("href") or "" for link in element.findall(f"{ATOM}link")}


def terms(entry: ET.Element) -> list[tuple[str, str]]:
    """The categories of an entry: the last part of the scheme, and the term."""
    found = entry.findall(f"{ATOM}category")
    return [((one.get("scheme") or "").rpartition("/")[2], one.get("term") or "") for one in found]
