"""Who we are to the national proxy: it takes a bearer token, which its token endpoint gives for an assertion signed with our key."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import structlog
from joserfc import jwt
from pydantic import BaseModel, Field, ValidationError

from services.referrals.settings import BarsLogin, key_of
from shared.http.outgoing import outgoing
from shared.ids import new_id

log = structlog.get_logger()

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTED_SECONDS: Final = 300
_MARGIN_SECONDS: Final = 60
_TIMEOUT: Final = httpx.Timeout(5.0, connect=2.0)
_OK: Final = 200


class _Given(BaseModel):
    """What a token endpoint answers. Source: RFC 6749, 5.1; some write the seconds as a text."""

    access_token: str = Field(min_length=1, max_length=16_384)
    expires_in: int = Field(ge=1)


class ProxyLogin:
    """The token of this process with the proxy, asked for anew before it ends (RFC 7523)."""

    def __init__(self, login: BarsLogin, client: httpx.AsyncClient) -> None:
        self._login, self._client = login, client
        self._token, self._until = "", 0.0

    async def headers(self) -> dict[str, str] | None:
        """The header that proves who we are: none where no endpoint is set. None when no token was to be had."""
        if self._login.token_endpoint is None:
            return {}
        if time.monotonic() >= self._until and not await self._ask(self._login.token_endpoint):
            return None
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Ask for another token the next time: the proxy did not take this one."""
        self._until = 0.0

    async def _ask(self, endpoint: str) -> bool:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(endpoint),
        }
        try:
            answer = await self._client.post(endpoint, data=form)
            given = _Given.model_validate_json(answer.content) if answer.status_code == _OK else None
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            log.warning("proxy.no_token", error=type(error).__name__)
            return False
        if given is None:
            log.warning("proxy.no_token", status=answer.status_code)
            return False
        self._token = given.access_token
        self._until = time.monotonic() + max(given.expires_in - _MARGIN_SECONDS, 1)
        return True

    def _assertion(self, endpoint: str) -> str:
        key, algorithm = key_of(self._login)
        now = int(time.time())
        claims = {
            "iss": self._login.client,
            "sub": self._login.client,
            "aud": endpoint,
            "jti": str(new_id()),
            "iat": now,
            "exp": now + _ASSERTED_SECONDS,
        }
        header = {"alg": algorithm, "typ": "JWT", "kid": self._login.key_id or key.thumbprint()}
        return jwt.encode(header, claims, key, algorithms=[algorithm])


@asynccontextmanager
async def open_proxy_login(login: BarsLogin) -> AsyncIterator[ProxyLogin]:
    """The login; its connections are let go of when the block ends."""
    async with httpx.AsyncClient(**outgoing(), timeout=_TIMEOUT, follow_redirects=False) as client:
        yield ProxyLogin(login, client)
