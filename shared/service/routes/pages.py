"""The public key of the local issuer, and a page of the interface that needs nothing from elsewhere.

FastAPI's own pages load their scripts from a content network: a page that a hospital's network blocks, and that tells
outsiders who reads it. Ours is plain HTML made from the schema.
"""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from joserfc.jwk import KeySet

from shared.auth.keys import load_or_create_signing_key, public_key_set
from shared.http.answers import json_answer
from shared.http.docs_page import render_docs
from shared.problems import NotFound, responses
from shared.service.guard import PlatformOf

pages_router = APIRouter(tags=["about"])

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


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
    page = await asyncio.to_thread(render_docs, request.app.openapi())
    return HTMLResponse(
        page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "private, max-age=300"}
    )
