"""Asking a service on this machine whether it is ready."""

import asyncio

from shared.local.ports import LOOPBACK

ANSWER_SECONDS = 5


async def is_ready(port: int, _pid: int) -> bool:
    """Whether `/health/ready` answers 200. The socket is already open, so this waits while the process comes up."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(
                    f"GET /health/ready HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nConnection: close\r\n\r\n".encode()
                )
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split()[1:2] == [b"200"]
