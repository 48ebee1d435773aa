"""What a browser keeps of who is signed in: the bearer token, sealed in a cookie that no script reads.

Nothing is kept on the server: every process of a service opens the same cookie, and a token that is revoked, or over, ends
the session at once. Each page seals the cookie anew, so a session that rests is over after `IDLE`.
"""

import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from uuid import UUID

import orjson

from shared.auth.tokens import refused
from shared.crypto.keyring import DecryptionRefusedError
from shared.ids import new_id
from shared.service.platform import Platform

IDLE: Final = timedelta(minutes=20)
RENEWED_AFTER: Final = timedelta(minutes=1)
LONGEST_TOKEN: Final = 2500
"""A cookie holds 4096 bytes; sealed and written as text a token takes a third more."""
LOGIN_LASTS: Final = timedelta(minutes=10)
_TABLE: Final = "browser"
_LOGIN: Final = "browser-login"
_FORM: Final = "page-form"
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's session. id: names it in its forms.   seen: aware UTC, when it was last used."""

    id: UUID
    token: str
    seen: datetime


def begin(token: str, now: datetime) -> Session:
    """The session of a token that was verified. Raises Unauthenticated for one that no cookie holds."""
    if len(token) > LONGEST_TOKEN:
        raise refused("token", "The token is too long for a browser's session.")
    return Session(new_id(), token, now)


def session_cookie(platform: Platform, session: Session) -> str:
    """The `Set-Cookie` of a session. It has no end of its own: it goes with the browser, or rests too long."""
    document = orjson.dumps({"token": session.token, "seen": int(session.seen.timestamp())})
    sealed = platform.keyring.encrypt(document, table=_TABLE, column=platform.service, row=session.id)
    value = urlsafe_b64encode(session.id.bytes + sealed).decode()
    return _cookie(platform, _name(platform), value, same_site="Lax")


def ended_cookie(platform: Platform) -> str:
    """The `Set-Cookie` that takes the session from the browser."""
    return _cookie(platform, _name(platform), "", same_site="Lax") + "; Max-Age=0"


def session_of(platform: Platform, header: str) -> Session | None:
    """The session in a Cookie header, None without one. Raises Unauthenticated for one that rested too long."""
    session = held_session(platform, header)
    if session is not None and platform.clock() - session.seen > IDLE:
        raise refused("expired", "You were signed out because you did nothing for a while.")
    return session


def held_session(platform: Platform, header: str) -> Session | None:
    """The session that a Cookie header holds, also one that is over; None for a value that is not ours."""
    value = _read(header, _name(platform)) or ""
    told = _unsealed(platform, value, _TABLE)
    if told is None:
        return None
    row = UUID(bytes=urlsafe_b64decode(value)[:16])
    return Session(row, told["token"], datetime.fromtimestamp(told["seen"], UTC))


def _unsealed(platform: Platform, value: str, table: str) -> dict[str, Any] | None:
    """What was sealed into a cookie's value, None for a value that is not ours."""
    try:
        raw = urlsafe_b64decode(value)
        row = UUID(bytes=raw[:16])
        text = platform.keyring.decrypt(raw[16:], table=table, column=platform.service, row=row)
    except (ValueError, DecryptionRefusedError):
        return None
    found: dict[str, Any] = orjson.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in at the provider that a browser has begun. after: the page that is shown when it is done."""

    state: str
    verifier: str
    after: str
    begun: datetime


def login_cookie(platform: Platform, login: Login) -> str:
    """The `Set-Cookie` of a sign-in that was begun; sealed, for the verifier must stay here until the code is shown."""
    row = new_id()
    told = {"state": login.state, "verifier": login.verifier, "after": login.after}
    document = orjson.dumps({**told, "begun": int(login.begun.timestamp())})
    sealed = platform.keyring.encrypt(document, table=_LOGIN, column=platform.service, row=row)
    value = urlsafe_b64encode(row.bytes + sealed).decode()
    # Lax: the browser comes back from another site.
    cookie = _cookie(platform, _login_name(platform), value, same_site="Lax")
    return f"{cookie}; Max-Age={int(LOGIN_LASTS.total_seconds())}"


def ended_login_cookie(platform: Platform) -> str:
    """The `Set-Cookie` that takes a begun sign-in from the browser."""
    return _cookie(platform, _login_name(platform), "", same_site="Lax") + "; Max-Age=0"


def login_of(platform: Platform, header: str) -> Login | None:
    """The sign-in that a browser has begun, None without one or after `LOGIN_LASTS`."""
    document = _unsealed(platform, _read(header, _login_name(platform)) or "", _LOGIN)
    if document is None:
        return None
    begun = datetime.fromtimestamp(document.pop("begun"), UTC)
    return None if platform.clock() - begun > LOGIN_LASTS else Login(**document, begun=begun)


def form_secret(header: str, platform: Platform) -> str | None:
    """What a browser without a session keeps so that only a form of ours can sign it in."""
    value = _read(header, _form_name(platform))
    return value if value is not None and _SECRET.fullmatch(value) else None


def new_form_secret() -> str:
    """A secret for a browser that has none."""
    return urlsafe_b64encode(os.urandom(18)).decode()


def form_cookie(platform: Platform, secret: str) -> str:
    """The `Set-Cookie` of that secret."""
    return _cookie(platform, _form_name(platform), secret, same_site="Strict")


def form_token(platform: Platform, secret: str) -> str:
    """What a form carries to prove that it is ours: a page of another origin cannot know it."""
    key = platform.keyring.signing_key(_FORM)
    return urlsafe_b64encode(hmac.digest(key, secret.encode(), "sha256")).decode().rstrip("=")


def is_ours(platform: Platform, secret: str, given: str) -> bool:
    """Whether a form carries the token that belongs to the browser's secret."""
    return hmac.compare_digest(form_token(platform, secret).encode(), given.encode())


def _cookie(platform: Platform, name: str, value: str, *, same_site: str) -> str:
    secure = "; Secure" if _is_secure(platform) else ""
    return f"{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}"


def _is_secure(platform: Platform) -> bool:
    return platform.settings.environment == "production"


def _name(platform: Platform) -> str:
    # Ports of one host share their cookies, so each service's has its own name.
    return f"{'__Host-' if _is_secure(platform) else ''}icc-{platform.service}"


def _login_name(platform: Platform) -> str:
    return f"{_name(platform)}-login"


def _form_name(platform: Platform) -> str:
    return f"{_name(platform)}-form"


def _read(header: str, name: str) -> str | None:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return None if found is None else found.value
