"""Pages as a reader finds them: their tables, links, forms and words, by the standard library's parser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_INLINE = {"a", "code", "span", "strong"}
_EMPTY = {"meta", "link", "input", "br", "img", "hr", "path", "rect", "circle", "polyline"}


@dataclass
class Element:
    """An element with what is in it."""

    tag: str
    attributes: dict[str, str]
    inside: "list[Element | str]" = field(default_factory=list)

    def all(self, tag: str, **wanted: str) -> "Iterator[Element]":
        """Every element of a tag within, with these attributes; `class_` is one of its classes."""
        for one in self.inside:
            if isinstance(one, Element):
                if one.tag == tag and one._has(wanted):
                    yield one
                yield from one.all(tag, **wanted)

    def one(self, tag: str, **wanted: str) -> "Element":
        """The only element of a tag within with these attributes."""
        (found,) = self.all(tag, **wanted)
        return found

    @property
    def text(self) -> str:
        """What is read of it: words with single blanks, what is hidden from readers left out."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        if self.attributes.get("aria-hidden") == "true":
            return
        for one in self.inside:
            if isinstance(one, str):
                yield one
            else:
                yield from one._words()
        if self.tag not in _INLINE:
            yield " "

    def _has(self, wanted: dict[str, str]) -> bool:
        for name, value in wanted.items():
            if name == "class_":
                if value not in self.attributes.get("class", "").split():
                    return False
            elif self.attributes.get(name) != value:
                return False
        return True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Element("page", {})
        self._open = [self.page]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in _EMPTY:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPTY:
            return
        assert self._open[-1].tag == tag, f"{tag} closes {self._open[-1].tag}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def read_page(text: str) -> Element:
    """A page, whose elements must be closed in their order."""
    reader = _Reader()
    reader.feed(text)
    assert reader._open == [reader.page], "elements are left open"
    return reader.page


def table_of(page: Element, **wanted: str) -> list[dict[str, str]]:
    """The rows of a table by the words at the head of its columns."""
    table = page.one("table", **wanted)
    head = [cell.text for cell in table.one("thead").all("th")]
    rows = []
    for row in table.one("tbody").all("tr"):
        cells = [cell.text for cell in row.inside if isinstance(cell, Element)]
        rows.append(dict(zip(head, cells, strict=True)))
    return rows


def form_of(page: Element, action: str) -> dict[str, str]:
    """What a form sends that nobody touches: its hidden members, and what is chosen or written in it already."""
    form = page.one("form", action=action)
    sent = {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in form.all("input")
        if "name" in one.attributes
        and (one.attributes.get("type") not in ("radio", "checkbox") or "checked" in one.attributes)
    }
    for one in form.all("select"):
        chosen = [option for option in one.all("option") if "selected" in option.attributes]
        sent[one.attributes["name"]] = (chosen or list(one.all("option")))[0].attributes["value"]
    sent.update({one.attributes["name"]: one.text for one in form.all("textarea")})
    return {name: value for name, value in sent.items() if value}


async def sign_in(client: httpx.AsyncClient, headers: dict[str, str], address: str) -> Element:
    """The page at an address, shown to a browser that signed in there with the token of these headers."""
    client.cookies.clear()
    asked = await client.get(address)
    assert asked.status_code == 401
    token = headers["Authorization"].removeprefix("Bearer ")
    filled = form_of(read_page(asked.text), "/sign-in") | {"token": token}
    answer = await client.post("/sign-in", data=filled)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    return await open_page(client, address)


async def open_page(client: httpx.AsyncClient, address: str) -> Element:
    """The page at an address, for who is signed in."""
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


def facts_of(page: Element) -> dict[str, str]:
    """What lists of words and texts say, by word."""
    return {
        row.one("dt").text: row.one("dd").text
        for facts in page.all("dl", class_="app-facts")
        for row in facts.all("div")
    }
