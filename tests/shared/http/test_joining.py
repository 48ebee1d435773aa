"""Writes that go out together: fewer packets, the same bytes in the same order, nothing kept back."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from shared.http.protocol import MOST_HELD_BYTES, JoinedWrites


class Pair:
    """A transport to write to, and the socket at its other end."""

    def __init__(self, writes: JoinedWrites, other: socket.socket) -> None:
        self.writes = writes
        self.other = other

    async def packet(self) -> bytes:
        """What one read brings: packets of a socket of this kind are not run together."""
        return await asyncio.get_running_loop().sock_recv(self.other, 100_000)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """Two ends of a socket that keeps what is written in packets."""
    loop = asyncio.get_running_loop()
    ours, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    other.settimeout(0)
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=_as_stream(ours))
    yield Pair(JoinedWrites(transport, loop), other)
    transport.close()
    other.close()


def _as_stream(packets: socket.socket) -> socket.socket:
    """The same socket under a name the event loop takes."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=packets.detach())


async def test_a_head_and_its_body_are_one_packet(pair: Pair) -> None:
    pair.writes.write(b"head ")
    pair.writes.write(b"body")
    assert await pair.packet() == b"head body"


async def test_a_head_whose_body_takes_time_leaves_by_itself(pair: Pair) -> None:
    pair.writes.write(b"head")
    assert await pair.packet() == b"head"


async def test_a_large_write_does_not_wait(pair: Pair) -> None:
    pair.writes.write(b"a" * MOST_HELD_BYTES)
    assert pair.other.recv(100_000) == b"a" * MOST_HELD_BYTES


async def test_what_waits_leaves_before_the_end(pair: Pair) -> None:
    pair.writes.write(b"last words")
    pair.writes.close()
    assert await pair.packet() == b"last words"
