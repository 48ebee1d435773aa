"""A server that takes connections for PostgreSQL's and answers them with what no PostgreSQL says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

# An authentication request without the kind that it must have: the driver raises its internal error.
_CUT_SHORT = b"R\x00\x00\x00\x04"


@dataclass(frozen=True)
class Nonsense:
    """Where it listens, and a place in the queue for every connection it has answered."""

    database_url: str
    answered: asyncio.Queue[None]


@asynccontextmanager
async def nonsense_server() -> AsyncIterator[Nonsense]:
    """The server, on a port of its own."""
    answered: asyncio.Queue[None] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(_CUT_SHORT)
        answered.put_nowait(None)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield Nonsense(f"postgresql://nobody@127.0.0.1:{port}/nothing?sslmode=disable", answered)
    finally:
        server.close()
        await server.wait_closed()
