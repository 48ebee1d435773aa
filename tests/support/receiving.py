"""A receiver of webhooks on a loopback address of this process: what it was sent, and what it answers."""

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from shared.auth.caller import ROLES
from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.deliveries.receivers import open_receivers
from shared.deliveries.sending import send_due
from shared.settings import LOCAL_ISSUER
from tests.support.running import Running


@dataclass
class Post:
    """One request."""

    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The event."""
        said: dict[str, Any] = json.loads(self.body)
        return said

    def is_signed_with(self, secret: str) -> bool:
        """Whether the signature is what Standard Webhooks says, written here anew."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{expected}"


@dataclass
class Receiver:
    """A receiver. status: what it answers."""

    origin: str
    status: int = 200
    got: list[Post] = field(default_factory=list)

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and data of each event that came, but for when it happened."""
        events = [one.json() for one in self.got]
        return [
            (one["type"], {name: said for name, said in one["data"].items() if name != "at"})
            for one in events
        ]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens until the block ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        receiver.got.append(Post(headers, body))
        writer.write(f"HTTP/1.1 {receiver.status} Said\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    receiver = Receiver(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield receiver


async def registered(
    service: Running, receiver: Receiver, events: list[str], *, by: dict[str, str]
) -> dict[str, Any]:
    """A webhook of the receiver's, with its secret."""
    asked = {"url": f"{receiver.origin}/events", "events": events}
    answer = await post_webhook(service, asked, by=by)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def post_webhook(service: Running, asked: dict[str, Any], *, by: dict[str, str]) -> httpx.Response:
    """What registering answers."""
    headers = {**by, "Idempotency-Key": str(uuid.uuid4())}
    return await service.client.post("/v1/webhooks", json=asked, headers=headers)


async def delivered(service: Running, *origins: str) -> None:
    """Let the worker make deliveries and send those that are due. origins: those that it may call."""
    await service.work()
    async with open_receivers(origins) as receivers:
        while await send_due(service.platform, receivers):
            pass


def subscriber(service: Running, role: str, **claims: str | list[str]) -> dict[str, str]:
    """The headers of a client with a role's rights that may register webhooks too. claims: `org`, `communities`."""
    told = {
        "sub": f"subscriber:{role}",
        "scope": " ".join(ROLES[role] | {"webhooks.write"}),
        "iss": LOCAL_ISSUER,
        "aud": "icc",
        **claims,
    }
    key, now = load_or_create_signing_key(service.data_dir), service.platform.tokens._clock()
    return {"Authorization": f"Bearer {sign_claims(key, told, ttl=timedelta(hours=1), now=now)}"}
