"""Ports: one that is taken is named, with what to do."""

import socket
import sys

import pytest

from shared.local import LocalError
from shared.local.ports import hold, listen


def test_a_taken_port_is_named_with_its_purpose_and_the_option() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"Port {port} \\(outcomes\\) is taken: .*--port"):
            listen(port, purpose="outcomes")


def test_a_port_listened_on_is_taken_until_it_is_closed() -> None:
    with listen(0, purpose="referrals") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(LocalError, match="is taken"):
            hold(port, purpose="referrals")
    hold(port, purpose="referrals").close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port can only be looked at")
def test_a_held_port_is_kept_from_others_and_open_to_its_server() -> None:
    with hold(0, purpose="PostgreSQL") as holder:
        port = holder.getsockname()[1]
        for _start in ("first", "again"):
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", port))
            with listen(port, purpose="PostgreSQL"):
                socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_a_held_socket_lets_clients_wait_while_nobody_answers() -> None:
    with (
        listen(0, purpose="referrals") as listener,
        socket.create_connection(listener.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == listener.getsockname()
