"""The public key of the local issuer, and a page of the interface that needs nothing from elsewhere.

FastAPI's own pages load their scripts from a content network: a page that a hospital's network blocks, and that tells
outsiders who reads it. Ours is plain HTML made from the schema.
"""

import asyncio
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from joserfc.jwk import KeySet

from shared.auth.keys import load_or_create_signing_key, public_key_set
from shared.http.answers import json_answer
from shared.http.deps import PlatformOf
from shared.problems import NotFound, responses

pages_router = APIRouter(tags=["about"])

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_STYLE = (
    "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#212b32}"
    "code,b{font-family:monospace}section{border-top:1px solid #d8dde0;padding:.5rem 0}"
    "b{display:inline-block;min-width:5rem}li{margin:.2rem 0}pre{overflow:auto;background:#f0f4f5;padding:.5rem}"
)
_METHODS = ("get", "post", "put", "patch", "delete")


@pages_router.get("/.well-known/jwks.json", responses=responses(NotFound))
async def read_keys(platform: PlatformOf) -> Response:
    """The public half of the local key. Not here when another issuer's keys are trusted (`ICC_JWKS`)."""
    if not platform.settings.uses_local_key:
        raise NotFound
    key = await asyncio.to_thread(load_or_create_signing_key, platform.settings.data_dir)
    keys: KeySet = public_key_set(key)
    return json_answer(keys.as_dict(private=False), headers={"Cache-Control": "public, max-age=300"})


@pages_router.get("/docs", response_class=HTMLResponse)
async def read_docs(request: Request) -> Response:
    """Every call of this service on one page, without scripts and without anything from another server."""
    page = await asyncio.to_thread(_render, request.app.openapi())
    return HTMLResponse(
        page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "private, max-age=300"}
    )


def _render(schema: dict[str, Any]) -> str:
    title = escape(schema["info"]["title"])
    sections = [
        _section(method, path, operations[method])
        for path, operations in sorted(schema["paths"].items())
        for method in _METHODS
        if method in operations
    ]
    return (
        f"<!doctype html><html lang=en-GB><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<main><h1>{title}</h1><p>{escape(schema['info'].get('description', ''))}</p>"
        f"<p>The whole schema: <a href=/openapi.json>openapi.json</a>.</p>{''.join(sections)}</main></html>"
    )


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    scopes = sorted(
        {scope for entry in operation.get("security", []) for names in entry.values() for scope in names}
    )
    parameters = "".join(
        f"<li><code>{escape(parameter['name'])}</code> ({escape(parameter['in'])})"
        f"{' required' if parameter.get('required') else ''} {escape(parameter.get('description', ''))}</li>"
        for parameter in operation.get("parameters", [])
    )
    answers = "".join(
        f"<li><code>{escape(status)}</code> {escape(answer.get('description', ''))}</li>"
        for status, answer in operation.get("responses", {}).items()
    )
    token = "needs a token" if "security" in operation else "needs no token"
    rights = f"scope <code>{escape(' or '.join(scopes))}</code>" if scopes else token
    return (
        f"<section><h2><b>{method.upper()}</b> <code>{escape(path)}</code></h2>"
        f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p><p>{rights}</p>"
        f"<ul>{parameters}</ul><ul>{answers}</ul></section>"
    )
