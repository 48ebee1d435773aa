"""How a process without a port says that it is ready: it writes to a pipe that its supervisor gave it."""

import os
from dataclasses import dataclass

VARIABLE = "READY_FD"


def announce_ready() -> None:
    """Tells the supervisor, where there is one that wants to know. For workers, once their loops run."""
    descriptor = os.environ.pop(VARIABLE, "")
    if descriptor.isdigit():
        os.write(int(descriptor), b"\n")
        os.close(int(descriptor))


@dataclass(frozen=True, slots=True)
class ReadyPipe:
    """The two ends; the writing one is handed to the process, and to those that replace it."""

    reading: int
    writing: int

    @classmethod
    def made(cls) -> "ReadyPipe":
        """A new pipe that is asked without waiting."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        return cls(reading, writing)

    @property
    def environment(self) -> dict[str, str]:
        """What the process must be told."""
        return {VARIABLE: str(self.writing)}

    async def is_announced(self, _pid: int) -> bool:
        """Whether the process has said so."""
        try:
            return os.read(self.reading, 1) != b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Closes both ends."""
        os.close(self.reading)
        os.close(self.writing)
