"""An identity provider on this machine: it signs everybody in at once, and holds clients to PKCE (RFC 7636)."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc.jwk import ECKey

from shared.auth.keys import mint_token, public_key_set

CLIENT = "icc-pages"


@dataclass
class Identity:
    """The provider. codes: those it gave, with what was asked for.   audience, role, communities, org: of its tokens.   down: it answers 500.

    ends: whether it has a place to sign out.
    """

    url: str
    key: ECKey
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    audience: str = "icc"
    role: str = "analyst"
    communities: tuple[str, ...] = ("*",)
    org: str | None = None
    ends: bool = True
    down: bool = False
    issuer: str | None = None

    def keys_in(self, folder: Path) -> Path:
        """A file with its public keys."""
        file = folder / "provider-keys.json"
        file.write_text(json.dumps(public_key_set(self.key).as_dict()))
        return file

    def sign_in(self, address: str) -> str:
        """What a browser does there: it is sent back with a code. Gives the path and query of where it is sent."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(f"{self.url}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        told = {"code": code, "state": asked["state"], "iss": self.url, "session_state": "x"}
        return f"{back.path}?{urlencode(told)}"

    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The status and document of an answer."""
        if self.down:
            return 500, {}
        if (method, path) == ("GET", "/.well-known/openid-configuration"):
            end = {"end_session_endpoint": f"{self.url}/logout"} if self.ends else {}
            return 200, {
                "issuer": self.issuer or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                **end,
            }
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        good = (
            (method, path, form.get("grant_type")) == ("POST", "/token", "authorization_code")
            and asked is not None
            and (asked["code_challenge"], asked["redirect_uri"], asked["client_id"])
            == (challenge, form.get("redirect_uri"), form.get("client_id"))
        )
        if not good:
            return 400, {"error": "invalid_grant"}
        token = mint_token(
            self.key,
            role=self.role,
            org=self.org,
            communities=self.communities,
            ttl=timedelta(hours=1),
            audience=self.audience,
            issuer=self.url,
        )
        return 200, {"access_token": token, "token_type": "Bearer", "id_token": "not.read.here"}


@contextmanager
def a_provider() -> Iterator[Identity]:
    """A provider that answers until the block ends."""
    known: list[Identity] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, document = known[0].answer(self.command, self.path, dict(parse_qsl(body)))
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the names http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.append(Identity(f"http://127.0.0.1:{server.server_address[1]}", ECKey.generate_key("P-256")))
    # It looks this often, in seconds, whether it is to end.
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield known[0]
    finally:
        server.shutdown()
        server.server_close()
