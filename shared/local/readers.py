"""`python -m shared.local.readers --fd N`: starts the children that read strangers' files, under an account of their own.

A service may not change its account, so it asks: with one message on a socket that the supervisor made, naming the module and
handing over two ends of sockets. One is the child's input and output; on the other the child's exit status is told, and
when the service closes it the child is killed. Whoever holds the socket may ask; nobody else finds it.
"""

import argparse
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from typing import Final

from shared.children import child_environment, gain_no_privileges, held_folders

MODULE: Final = re.compile(r"(services|shared)\.[a-z_]+(\.[a-z_]+)*_child")
"""What may be run: readers and typesetters of ours, which know nothing but their input."""
LONGEST_NAME: Final = 200
_ENDS: Final = 2


def serve(asked: socket.socket) -> None:
    """Start a child for every message, until nobody is left who could send one."""
    while True:
        message, ends, _, _ = socket.recv_fds(asked, LONGEST_NAME, _ENDS)
        if not message and not ends:
            return
        if len(ends) != _ENDS or not MODULE.fullmatch(message.decode("ascii", "replace")):
            for end in ends:
                os.close(end)
            continue
        threading.Thread(target=_run, args=(message.decode(), *ends), daemon=True).start()


def _run(module: str, data: int, told: int) -> None:
    """Run one child to its end, or to that of the interest in it."""
    with socket.socket(fileno=told) as teller:
        try:
            child = subprocess.Popen(  # noqa: S603 -- a module of ours, by its checked name
                [sys.executable, "-P", "-m", module],
                stdin=data,
                stdout=data,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                pass_fds=held_folders(),
            )
        finally:
            os.close(data)
        _await_end(child, teller)
        with contextlib.suppress(OSError):
            teller.sendall(str(child.wait()).encode())


def _await_end(child: "subprocess.Popen[bytes]", teller: socket.socket) -> None:
    """Return when the child has ended; kill it when the service has gone."""
    ended = os.pidfd_open(child.pid)
    try:
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.register(teller, select.POLLIN | select.POLLHUP)
        if ended not in [number for number, _ in poll.poll()]:
            child.kill()
    finally:
        os.close(ended)


def main() -> int:
    """Serve the socket whose number is given; SIGTERM ends it, and the children with it."""
    parser = argparse.ArgumentParser(prog="python -m shared.local.readers", description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    number = parser.parse_args().fd
    gain_no_privileges()
    # The children are of this session: one signal to it ends them too.
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    with socket.socket(fileno=number) as asked:
        serve(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
