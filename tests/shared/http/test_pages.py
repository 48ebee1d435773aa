"""The page of the interface: bodies and answers in full, the service's own calls first, every text escaped."""

import re
from typing import Any

import pytest

from shared.http.docs_members import Member, members_of
from shared.http.docs_page import paragraphs, render_docs
from tests.shared.tiny import Tiny

_SCHEMAS: dict[str, Any] = {
    "Person": {
        "type": "object",
        "description": "Who it is.",
        "required": ["born"],
        "properties": {"born": {"type": "string", "format": "date"}},
    },
    "Tree": {
        "type": "object",
        "properties": {"branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    },
}
_PERSON = {"$ref": "#/components/schemas/Person"}
_BORN = ("born", "string (date)", True, "")


def _page(operation: dict[str, Any]) -> str:
    return render_docs(
        {
            "info": {"title": "Tiny"},
            "paths": {"/v1/things": {"post": operation}},
            "components": {"schemas": _SCHEMAS},
        }
    )


def _section(page: str, call: str) -> str:
    return next(part for part in page.split("<section>") if f"<code>{call}</code></h2>" in part)


async def test_the_page_names_the_members_of_a_body(tiny: Tiny) -> None:
    page = (await tiny.client.get("/docs")).text
    things = next(part for part in page.split("<section>") if "<b>POST</b> <code>/v1/things</code>" in part)
    assert "<h3>Body <code>application/json</code></h3>" in things
    assert "<li><code>person.born</code> string (date), required" in things
    assert "<li><code>kind</code> one of a, b" in things
    assert "<li><code>note</code> string or null" in things


async def test_what_every_service_has_comes_after_the_services_own_calls(tiny: Tiny) -> None:
    page = (await tiny.client.get("/docs")).text
    paths = re.findall(r"<h2><b>\w+</b> <code>([^<]+)</code></h2>", page)
    every_services = ["/v1/communities", "/v1/audit", "/v1/operations/work", "/health/live", "/docs"]
    places = [paths.index(path) for path in every_services]
    assert places == sorted(places)
    assert paths.index("/v1/things") < paths.index("/v1/guarded") < places[0]


async def test_the_page_reads_as_prose(tiny: Tiny) -> None:
    page = (await tiny.client.get("/docs")).text
    assert "**" not in page
    assert "<strong>Identity</strong>: <code>Authorization: Bearer &lt;JWT&gt;</code>" in page
    assert "<code>slug</code> path, required: " in _section(page, "/v1/communities/{slug}")
    assert "<ul></ul>" not in page
    assert "Successful Response" not in page
    assert "Any other problem." not in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("One.\n\nTwo\nlines.", "<p>One.</p><p>Two\nlines.</p>"),
        ("**All** of `a`", "<p><strong>All</strong> of <code>a</code></p>"),
        ("`a ** b ** c`", "<p><code>a ** b ** c</code></p>"),
        ("**<i>** `<u>` &", "<p><strong>&lt;i&gt;</strong> <code>&lt;u&gt;</code> &amp;</p>"),
        ("a lone ` and **", "<p>a lone ` and **</p>"),
    ],
)
def test_the_marks_of_a_text_become_html_and_all_else_is_escaped(text: str, html: str) -> None:
    assert paragraphs(text) == html


@pytest.mark.parametrize(
    ("schema", "rows"),
    [
        ({"type": "string"}, []),
        (_PERSON, [_BORN]),
        ({"type": "array", "items": _PERSON}, [("[].born", *_BORN[1:])]),
        (
            {"properties": {"who": {"anyOf": [_PERSON, {"type": "null"}]}}},
            [("who", "object or null", False, "Who it is."), ("who.born", *_BORN[1:])],
        ),
        (
            {"properties": {"who": {**_PERSON, "description": "The carer."}}},
            [("who", "object", False, "The carer."), ("who.born", *_BORN[1:])],
        ),
        (
            {"properties": {"all": {"type": "array", "items": _PERSON}}},
            [("all", "array of object", False, ""), ("all[].born", *_BORN[1:])],
        ),
        (
            {"properties": {"by": {"type": "object", "additionalProperties": {"type": "integer"}}}},
            [("by", "object", False, ""), ("by.*", "integer", False, "")],
        ),
        (
            {"properties": {"at": {"anyOf": [{"enum": ["a", "b"]}, {"const": "c"}]}, "any": {}}},
            [("at", "one of a, b or c", False, ""), ("any", "any value", False, "")],
        ),
    ],
)
def test_a_schema_is_read_as_rows(schema: dict[str, Any], rows: list[tuple[str, str, bool, str]]) -> None:
    assert members_of(schema, _SCHEMAS) == [Member(*row) for row in rows]


def test_a_schema_that_holds_itself_ends() -> None:
    forest = {"Trees": {"type": "array", "items": {"$ref": "#/components/schemas/Trees"}}}
    trees = members_of({"properties": {"trees": forest["Trees"]}}, forest)
    assert trees[0].type.startswith("array of array")
    names = [member.name for member in members_of({"$ref": "#/components/schemas/Tree"}, _SCHEMAS)]
    assert names[:2] == ["branches", "branches[].branches"]


@pytest.mark.parametrize(
    "content",
    [
        {"example": {"title": "<b>"}},
        {"examples": {"first": {"value": {"title": "<b>"}}}},
        {"schema": {"examples": [{"title": "<b>"}]}},
        {"schema": {"example": {"title": "<b>"}}},
    ],
)
def test_a_bodys_example_is_shown_escaped(content: dict[str, Any]) -> None:
    page = _page({"requestBody": {"content": {"application/json": content}}})
    assert "<pre>{\n  &quot;title&quot;: &quot;&lt;b&gt;&quot;\n}</pre>" in page


def test_a_body_without_members_is_named_by_its_type() -> None:
    page = _page(
        {"requestBody": {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}}
    )
    assert "<h3>Body <code>text/csv</code></h3><p>string (binary)</p>" in page


def test_a_good_answer_shows_its_members_and_a_filler_is_left_out() -> None:
    good = {"description": "Successful Response", "content": {"application/json": {"schema": _PERSON}}}
    page = _page({"responses": {"200": good, "default": {"description": "Any other problem."}}})
    answers = page.split("<h3>Answers</h3>")[1]
    assert answers.startswith(
        "<ul><li><code>200</code> <details><summary><code>application/json</code></summary>"
        "<ul><li><code>born</code> string (date), required</li></ul></details></li></ul></section>"
    )


def test_answers_stand_in_the_order_of_their_statuses() -> None:
    page = _page(
        {"responses": {status: {"description": "So."} for status in ("default", "422", "201", "400")}}
    )
    assert re.findall(r"<li><code>(\w+)</code>", page) == ["201", "400", "422", "default"]


def test_whatever_the_document_names_is_escaped() -> None:
    hostile = {"type": "object", "properties": {"<x>": {"enum": ["<y>", "<z>"], "description": "<w>"}}}
    page = _page(
        {
            "description": "<v>",
            "parameters": [{"name": "<u>", "in": "query", "description": "<t>"}],
            "requestBody": {"content": {"<s>": {"schema": hostile}}},
            "responses": {"<r>": {"description": "<q>"}, "200": {"content": {"<o>": {"schema": hostile}}}},
        }
    )
    assert not re.findall(r"<[q-z]>|<o>", page)
    assert page.count("&lt;x&gt;") == 2
