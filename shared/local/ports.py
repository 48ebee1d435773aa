"""Ports of this machine's loopback address: a free one, one held open for a child, and whether a service answers."""

import asyncio
import errno
import socket
import sys

from shared.local import LocalError

LOOPBACK = "127.0.0.1"
LAST_PORT = 65_535
_BOUND_IS_SHARED = sys.platform == "linux"
ANSWER_SECONDS = 5


def free_port() -> int:
    """A port that is free now; another process may take it before you do, so be ready to ask again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def listen(port: int, *, purpose: str) -> socket.socket:
    """A listening socket on the loopback address.

    The supervisor holds it, so that connections wait instead of being refused while an API process is replaced.
    Raises LocalError when the port is taken or may not be used.
    """
    return _bound(port, purpose, backlog=2048)


def hold(port: int, *, purpose: str) -> socket.socket:
    """Keeps the port for a server of ours that will open it, also while that server is started again.

    Linux gives a port that is bound to no outgoing connection, and still lets a second socket listen there when both
    ask for SO_REUSEADDR, as PostgreSQL and Valkey do. Elsewhere the port is only looked at.
    Raises LocalError when it is taken or may not be used.
    """
    listen(port, purpose=purpose).close()
    if _BOUND_IS_SHARED:
        return _bound(port, purpose)
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def _bound(port: int, purpose: str, *, backlog: int | None = None) -> socket.socket:
    """A socket on the port, listening when it has a backlog. Raises LocalError."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        if backlog is not None:
            bound.listen(backlog)
    except OSError as error:
        bound.close()
        raise port_failure(port, purpose, error) from error
    bound.settimeout(0)
    return bound


def port_failure(port: int, purpose: str, error: OSError) -> LocalError:
    """The sentence for a port that could not be opened."""
    if error.errno == errno.EACCES:
        return LocalError(
            f"Port {port} ({purpose}) may not be opened by this user: choose one above 1023 with --port."
        )
    if error.errno == errno.EADDRINUSE:
        return LocalError(
            f"Port {port} ({purpose}) is taken: stop what listens there, or choose other ports with --port."
        )
    return LocalError(
        f"Port {port} ({purpose}) cannot be opened: {error.strerror}. Choose other ports with --port."
    )


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
