"""The OpenAPI document as one plain HTML page: every call with its parameters, the members of its bodies and its answers.

Every text of the document is escaped before any mark of ours is put round it.
"""

import json
import re
from html import escape
from typing import Any

from shared.http.docs_members import Member, Schemas, members_of, type_of

_STYLE = (
    "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#212b32}"
    "code,b{font-family:monospace}section{border-top:1px solid #d8dde0;padding:.5rem 0}h3{margin:.5rem 0}"
    "b{display:inline-block;min-width:5rem}li{margin:.2rem 0}pre{overflow:auto;background:#f0f4f5;padding:.5rem}"
)
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_EVERY_SERVICES = ("registry", "audit", "operations", "health", "about")
_FILLERS = ("Successful Response", "Any other problem.")
_OPERATIONS = "/v1/operations/"
_MARKS = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*")


def render_docs(document: dict[str, Any]) -> str:
    """The page. The service's own calls come first, in the order of the document; then what every service has."""
    title = escape(document["info"]["title"])
    schemas = document.get("components", {}).get("schemas", {})
    calls = [
        (method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    ]
    calls.sort(key=lambda call: _rank(call[1], call[2]))
    sections = "".join(_section(method, path, operation, schemas) for method, path, operation in calls)
    return (
        f"<!doctype html><html lang=en-GB><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<main><h1>{title}</h1>{paragraphs(document['info'].get('description', ''))}"
        f"<p>The whole schema: <a href=/openapi.json>openapi.json</a>.</p>{sections}</main></html>"
    )


def paragraphs(text: str) -> str:
    """Markdown's `code`, **bold** and blank lines as HTML; whatever else it holds is shown as it is."""
    return "".join(f"<p>{_inline(part)}</p>" for part in re.split(r"\n\s*\n", text.strip()) if part)


def _inline(text: str) -> str:
    marked = _MARKS.sub(_mark, escape(text.strip()))
    return re.sub(r"\n\s*\n", "<br>", marked)


def _mark(found: re.Match[str]) -> str:
    code, bold = found.groups()
    return f"<code>{code}</code>" if code else f"<strong>{bold}</strong>"


def _rank(path: str, operation: dict[str, Any]) -> int:
    tag = "operations" if path.startswith(_OPERATIONS) else next(iter(operation.get("tags", ())), "")
    return _EVERY_SERVICES.index(tag) + 1 if tag in _EVERY_SERVICES else 0


def _section(method: str, path: str, operation: dict[str, Any], schemas: Schemas) -> str:
    answers = sorted(operation.get("responses", {}).items())
    return (
        f"<section><h2><b>{escape(method.upper())}</b> <code>{escape(path)}</code></h2>"
        f"{paragraphs(operation.get('description') or operation.get('summary', ''))}"
        f"<p>{_rights(operation)}</p>"
        f"{_list('Parameters', [_parameter(parameter) for parameter in operation.get('parameters', [])])}"
        f"{_bodies(operation.get('requestBody', {}), schemas)}"
        f"{_list('Answers', [_answer(status, answer, schemas) for status, answer in answers])}</section>"
    )


def _rights(operation: dict[str, Any]) -> str:
    entries = operation.get("security", [])
    scopes = sorted({scope for entry in entries for names in entry.values() for scope in names})
    token = "needs a token" if "security" in operation else "needs no token"
    return f"scope <code>{escape(' or '.join(scopes))}</code>" if scopes else token


def _list(heading: str, items: list[str]) -> str:
    """A list under its heading; nothing at all when no item says anything."""
    shown = "".join(f"<li>{item}</li>" for item in items if item)
    return f"<h3>{heading}</h3><ul>{shown}</ul>" if shown else ""


def _parameter(parameter: dict[str, Any]) -> str:
    words = [parameter["in"], *(["required"] if parameter.get("required") else [])]
    return _described(parameter["name"], words, parameter.get("description", ""))


def _described(name: str, words: list[str], description: str) -> str:
    said = f": {_inline(description)}" if description else ""
    return f"<code>{escape(name)}</code> {escape(', '.join(words))}{said}"


def _bodies(body: dict[str, Any], schemas: Schemas) -> str:
    return "".join(
        f"<h3>Body <code>{escape(media_type)}</code></h3>{_body(content, schemas)}"
        for media_type, content in body.get("content", {}).items()
    )


def _body(content: dict[str, Any], schemas: Schemas) -> str:
    schema = content.get("schema", {})
    members = _members(members_of(schema, schemas)) or f"<p>{escape(type_of(schema, schemas))}</p>"
    return paragraphs(schema.get("description", "")) + members + _example(content, schema)


def _members(members: list[Member]) -> str:
    rows = "".join(
        f"<li>{_described(member.name, _words_of(member), member.description)}</li>" for member in members
    )
    return f"<ul>{rows}</ul>" if rows else ""


def _words_of(member: Member) -> list[str]:
    return [member.type, *(["required"] if member.required else [])]


def _example(content: dict[str, Any], schema: dict[str, Any]) -> str:
    named = [example.get("value") for example in content.get("examples", {}).values()]
    examples = [content.get("example"), *named, *schema.get("examples", []), schema.get("example")]
    first = next((example for example in examples if example is not None), None)
    if first is None:
        return ""
    text = first if isinstance(first, str) else json.dumps(first, indent=2, ensure_ascii=False)
    return f"<p>For example:</p><pre>{escape(text)}</pre>"


def _answer(status: str, answer: dict[str, Any], schemas: Schemas) -> str:
    """A status with what it means; of a good answer also the members. A problem's form is the same for all calls."""
    description = answer.get("description", "")
    said = "" if description in _FILLERS else _inline(description)
    shown = _good_answer(answer.get("content", {}), schemas) if status.startswith("2") else ""
    if not said and not status.isdecimal():
        return ""
    return f"<code>{escape(status)}</code> {said}{shown}"


def _good_answer(contents: dict[str, Any], schemas: Schemas) -> str:
    return "".join(_form(media_type, content, schemas) for media_type, content in contents.items())


def _form(media_type: str, content: dict[str, Any], schemas: Schemas) -> str:
    name = f"<code>{escape(media_type)}</code>"
    members = _members(members_of(content.get("schema", {}), schemas))
    return f"<details><summary>{name}</summary>{members}</details>" if members else f" {name}"
