"""Sign-in by the identity provider: the authorization code flow of OAuth 2 with PKCE (RFC 7636).

The provider's addresses come from its own document (OpenID Connect Discovery). What it gives is an access token, which is
verified as every other one; who a person is, is read from nothing else.
"""

import asyncio
import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import structlog

from shared.auth.tokens import refused
from shared.http.outgoing import outgoing
from shared.problems import Unavailable
from shared.settings import LoginSettings, PlatformSettings

log = structlog.get_logger()

DISCOVERY: Final = "/.well-known/openid-configuration"
KEPT_SECONDS: Final = 300.0
WALL_SECONDS: Final = 8.0
_TIMEOUT: Final = httpx.Timeout(4.0, connect=1.0)
_MOST_BYTES: Final = 256 * 1024
_SILENT: Final = "The identity provider does not answer. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the provider signs people in, where it gives tokens, and where it signs them out, if it says so."""

    authorize: str
    token: str
    end: str | None


@dataclass(slots=True)
class Provider:
    """One identity provider as a service's pages use it. client, secret: what it knows the pages as."""

    issuer: str
    client: str
    secret: str | None
    proxy: str | None
    _known: Addresses | None = None
    _read_at: float = field(default=-KEPT_SECONDS)

    async def sign_in_address(self, *, back: str, state: str, verifier: str) -> str:
        """Where a browser is sent to sign in. back: the address it comes back to.   Raises Unavailable."""
        addresses = await self._addresses()
        asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": back,
            "scope": "openid",
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{addresses.authorize}{'&' if '?' in addresses.authorize else '?'}{urlencode(asked)}"

    async def sign_out_address(self, *, back: str) -> str | None:
        """Where a browser ends the provider's own session, None where it has no such place. back: as above.   Raises Unavailable."""
        end = (await self._addresses()).end
        if end is None:
            return None
        asked = {"client_id": self.client, "post_logout_redirect_uri": back}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"

    async def token_for(self, *, code: str, back: str, verifier: str) -> str:
        """The access token for a code. Raises Unauthenticated where the provider refuses it, Unavailable."""
        addresses = await self._addresses()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client,
            "code_verifier": verifier,
        }
        if self.secret is not None:
            form["client_secret"] = self.secret
        status, document = await self._ask("POST", addresses.token, data=form)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(_SILENT, retry_after=5)
        token = document.get("access_token")
        if status != httpx.codes.OK or not isinstance(token, str):
            raise refused("token", "The identity provider did not confirm the sign-in. Try again.")
        return token

    async def _addresses(self) -> Addresses:
        if self._known is None or time.monotonic() - self._read_at > KEPT_SECONDS:
            status, document = await self._ask("GET", self.issuer.rstrip("/") + DISCOVERY)
            self._known = _addresses_in(document, self.issuer) if status == httpx.codes.OK else None
            self._read_at = time.monotonic()
        if self._known is None:
            log.warning("login.provider_unreadable")
            raise Unavailable(_SILENT, retry_after=5)
        return self._known

    async def _ask(self, method: str, address: str, **given: Any) -> tuple[int, dict[str, Any]]:
        """The status and document of an answer; an empty one where it is no JSON object. Raises Unavailable."""
        content = b""
        try:
            async with (
                asyncio.timeout(WALL_SECONDS),
                httpx.AsyncClient(
                    **outgoing(proxy=self.proxy), timeout=_TIMEOUT, follow_redirects=False
                ) as client,
                client.stream(method, address, headers={"Accept": "application/json"}, **given) as answer,
            ):
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        raise Unavailable(_SILENT, retry_after=5)
                status = answer.status_code
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            log.warning("login.provider_away", error=type(error).__name__)
            raise Unavailable(_SILENT, retry_after=5) from None
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        return status, document if isinstance(document, dict) else {}


def provider_of(settings: PlatformSettings, login: LoginSettings) -> Provider | None:
    """The provider of a service's pages; None where the local key signs, or no client is set."""
    if settings.uses_local_key or login.client is None:
        return None
    secret = None if login.secret is None else login.secret.get_secret_value()
    return Provider(settings.oidc.issuer, login.client, secret, settings.jwks_proxy)


def new_secret() -> str:
    """Something that nobody guesses: a state, or a verifier (43 characters, RFC 7636)."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def challenge_of(verifier: str) -> str:
    """What is told of a verifier before it is shown."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _addresses_in(document: dict[str, Any], issuer: str) -> Addresses | None:
    """The addresses of a provider's document; None where it is another's, or names none that a browser can open."""
    authorize, token = document.get("authorization_endpoint"), document.get("token_endpoint")
    if document.get("issuer") != issuer or not isinstance(authorize, str) or not isinstance(token, str):
        return None
    if not (_can_be_opened(authorize) and _can_be_opened(token)):
        return None
    # Of RP-Initiated Logout; not every provider has it.
    end = document.get("end_session_endpoint")
    return Addresses(authorize, token, end if isinstance(end, str) and _can_be_opened(end) else None)


def _can_be_opened(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"https", "http"} and bool(parts.hostname)
