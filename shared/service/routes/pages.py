"""The public key of the local issuer, and a page of the interface that needs nothing from elsewhere.

FastAPI's own pages load their scripts from a content network: a page that a hospital's network blocks, and that tells
outsiders who reads it. Ours is Swagger UI too, with its files in a folder here.
"""

import asyncio
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from joserfc.jwk import KeySet
from pydantic import BaseModel

from shared.auth.keys import local_public_keys
from shared.http.answers import json_answer
from shared.problems import NotFound, responses
from shared.problems.codes import code_groups, meanings
from shared.service.guard import PlatformOf

pages_router = APIRouter(tags=["about"])

_FOLDER: Final = Path(__file__).with_name("swagger_ui")
_MEDIA_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
"""What the page is made of. The folder holds its licence too, and where its files come from."""
_PAGE: Final = """<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="swagger-ui"></div>
<noscript>This page needs scripts. The whole schema is <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_TEXT: Final = """<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="icon" href="data:,">
<h1>{title}</h1>
{content}</html>
"""
_TEXT_POLICY: Final = (
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_CODE: Final = re.compile("`([^`]+)`")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PublicKeys(BaseModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


@pages_router.get("/.well-known/jwks.json", responses={200: {"model": PublicKeys}, **responses(NotFound)})
async def read_keys(platform: PlatformOf) -> Response:
    """The public half of the local key. Not here when another issuer's keys are trusted (`ICC_JWKS`)."""
    if not platform.settings.uses_local_key:
        raise NotFound
    keys: KeySet = await asyncio.to_thread(local_public_keys, platform.settings.data_dir)
    return json_answer(keys.as_dict(private=False), headers={"Cache-Control": "public, max-age=300"})


@pages_router.get("/", include_in_schema=False)
async def read_root(request: Request) -> Response:
    """Who looks what is here is led to the calls, a browser to the pages. Relative, so that it holds behind a proxy's prefix too."""
    is_browser = hasattr(request.app.state, "site") and "text/html" in request.headers.get("accept", "")
    return RedirectResponse("start" if is_browser else "docs", status_code=307, headers={"Vary": "Accept"})


@pages_router.get("/problems", response_class=HTMLResponse, include_in_schema=False)
async def read_problems() -> Response:
    """Every code of a problem, and what to do about it."""
    parts = [
        f"<h2>{escape(group.replace('-', ' ').capitalize())}</h2>\n<dl>\n{_entries(codes, prefix='problems/')}</dl>\n"
        for group, codes in code_groups().items()
    ]
    return _text_page("Codes of problems", "".join(parts))


@pages_router.get("/problems/{code}", response_class=HTMLResponse, include_in_schema=False)
async def read_problem(code: str) -> Response:
    """One code: the page that the `type` of a problem names."""
    meaning = meanings().get(code)
    if meaning is None:
        raise NotFound
    return _text_page(code, f'<p>{_marked(meaning)}</p>\n<p><a href="../problems">All codes</a></p>\n')


def _entries(codes: Mapping[str, str], *, prefix: str) -> str:
    return "".join(
        f'<dt><a href="{prefix}{code}"><code>{code}</code></a></dt><dd>{_marked(meaning)}</dd>\n'
        for code, meaning in codes.items()
    )


def _marked(text: str) -> str:
    """A sentence as HTML, what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def _text_page(title: str, content: str) -> Response:
    return HTMLResponse(
        _TEXT.format(title=escape(title), content=content),
        headers={"Content-Security-Policy": _TEXT_POLICY, "Cache-Control": "public, max-age=300"},
    )


@pages_router.get("/docs", response_class=HTMLResponse)
async def read_docs(request: Request) -> Response:
    """Every call of this service on one page, which takes nothing from another server."""
    return HTMLResponse(
        _PAGE.format(title=escape(request.app.title)),
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "private, max-age=300"},
    )


@pages_router.get("/docs/{name}", response_class=FileResponse, include_in_schema=False)
async def read_docs_file(name: str) -> Response:
    """One of the files that the page is made of."""
    if name not in _MEDIA_TYPES:
        raise NotFound
    return FileResponse(
        _FOLDER / name, media_type=_MEDIA_TYPES[name], headers={"Cache-Control": "public, max-age=3600"}
    )
