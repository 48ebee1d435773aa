"""The child process that counts a file: `python -m services.trajectories.activity.count_child`.

It is given one question and one file on its standard input, while the file arrives, and answers on its standard output.
"""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.trajectories.activity.counting import AddRecords, add_rows, count_file
from services.trajectories.activity.exchange import read_question, reading_lines
from shared.registry.loading import load_registry
from shared.service.readers import answer_under_limits

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 240


def main(add: AddRecords = add_rows, *, address_bytes: int | None = None) -> int:
    """Read the question, then the file under limits; write what was counted. Returns the exit status.

    add: how records are added up.   address_bytes: as `limit_itself` has it.
    """
    question, registry_file = read_question(sys.stdin.buffer.readline())
    registry = load_registry(Path(registry_file) if registry_file else None)

    def lines() -> Iterator[bytes]:
        gc.disable()  # rows are freed by their count of references, and a short life has no circles worth looking for
        counted = count_file(sys.stdin.buffer, question, registry, add=add)
        while sys.stdin.buffer.read(1 << 20):  # what follows a fault is received and not looked at
            pass
        return reading_lines(counted)

    return answer_under_limits(
        lines, memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS, address_bytes=address_bytes
    )


if __name__ == "__main__":
    sys.exit(main())
