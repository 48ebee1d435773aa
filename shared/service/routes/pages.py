"""The public key of the local issuer, and a page of the interface that needs nothing from elsewhere.

FastAPI's own pages load their scripts from a content network: a page that a hospital's network blocks, and that tells
outsiders who reads it. Ours is Swagger UI too, with its files in a folder here.
"""

import asyncio
from html import escape
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from joserfc.jwk import KeySet
from pydantic import BaseModel

from shared.auth.keys import load_or_create_signing_key, public_key_set
from shared.http.answers import json_answer
from shared.problems import NotFound, responses
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
    key = await asyncio.to_thread(load_or_create_signing_key, platform.settings.data_dir)
    keys: KeySet = public_key_set(key)
    return json_answer(keys.as_dict(private=False), headers={"Cache-Control": "public, max-age=300"})


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
