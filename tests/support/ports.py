"""Ports for servers that a test starts."""

import secrets
import socket

LOWEST, HIGHEST = 10_000, 32_000  # below 32768, where Linux begins to give ports to outgoing connections
LOOPBACK = "127.0.0.1"


def free_ports(count: int = 1) -> int:
    """The first of so many ports in a row that nobody listens on and no outgoing connection will be given."""
    while True:
        first = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
