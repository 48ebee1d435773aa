"""Ports: one that is taken is named, with what to do."""

import socket

import pytest

from shared.local.failures import LocalError
from shared.local.ports import check_free, free_port, listen


def test_a_taken_port_is_named_with_its_purpose_and_the_option() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"Port {port} \\(outcomes\\) is taken: .*--port"):
            listen(port, purpose="outcomes")


def test_a_free_port_can_be_held_and_then_is_taken() -> None:
    port = free_port()
    with listen(port, purpose="referrals"), pytest.raises(LocalError, match="is taken"):
        check_free(port, purpose="referrals")
    check_free(port, purpose="referrals")


def test_a_held_socket_lets_clients_wait_while_nobody_answers() -> None:
    port = free_port()
    with (
        listen(port, purpose="referrals"),
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
    ):
        assert client.getpeername()[1] == port
