"""A child that somebody else starts for us, under another account: `shared/local/readers.py` says how.

It looks like a child of asyncio's own as far as `readers.py` needs one.
"""

import asyncio
import os
import signal
import socket
from typing import Final

from shared.problems import Unavailable

READERS: Final = "ICC_READERS"
"""The number of the socket on which children are asked for; where it is not set, a service starts its own."""


class LentChild:
    """One child in another's hands. returncode: its exit status as a parent has it, None while it runs."""

    def __init__(
        self,
        stdout: asyncio.StreamReader,
        stdin: asyncio.StreamWriter,
        told: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._told, self._interest = told

    async def wait(self) -> int:
        """The exit status. A lender that ends without a word killed it."""
        if self.returncode is None:
            said = await self._told.read()
            self.returncode = int(said) if said else -signal.SIGKILL
        return self.returncode

    def kill(self) -> None:
        """Let it be killed: nobody is interested in it any more."""
        self._interest.write_eof()

    def close(self) -> None:
        """Let go of the sockets."""
        for writer in (self.stdin, self._interest):
            writer.close()


def lender() -> int | None:
    """The number of the socket on which children are asked for, None where there is none."""
    number = os.environ.get(READERS, "")
    return int(number) if number.isdigit() else None


async def lent_child(number: int, module: str, *, limit: int) -> LentChild:
    """Ask for a child that runs a module. limit: of a line of its output, bytes.   Raises Unavailable where nobody takes it."""
    data, its_data = socket.socketpair()
    told, its_telling = socket.socketpair()
    try:
        _ask(number, module, its_data, its_telling)
    except OSError:
        data.close()
        told.close()
        raise Unavailable("Files cannot be read at this moment. Send yours again.", retry_after=5) from None
    finally:
        its_data.close()
        its_telling.close()
    stdout, stdin = await asyncio.open_connection(sock=data, limit=limit)
    return LentChild(stdout, stdin, await asyncio.open_connection(sock=told))


def _ask(number: int, module: str, *ends: socket.socket) -> None:
    with socket.socket(fileno=os.dup(number)) as lending:
        # Waiting would stop the loop; a full socket means that nobody reads it.
        socket.send_fds(lending, [module.encode()], [end.fileno() for end in ends], socket.MSG_DONTWAIT)
