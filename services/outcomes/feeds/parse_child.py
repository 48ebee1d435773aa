"""The child process that reads a file: `python -m services.outcomes.feeds.parse_child`.

It is given one question and one file on its standard input and answers on its standard output. Before it looks at
the file it takes away from itself memory, processor time, the right to write files and every privilege to come; it holds no secret, since
its parent hands down no environment.
"""

import resource
import sys
from pathlib import Path
from typing import Final

from services.outcomes.feeds.declarations import load_declarations
from services.outcomes.feeds.exchange import OUT_OF_MEMORY, read_question, reading_lines
from services.outcomes.feeds.parsing import read_file
from shared.children import gain_no_privileges
from shared.registry.loading import load_registry

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 40


def main() -> int:
    """Read the question, then the file under limits; write the reading. Returns the exit status."""
    question, where = read_question(sys.stdin.buffer.readline())
    declarations = load_declarations(Path(where["layouts"]) if where.get("layouts") else None)
    registry = load_registry(Path(where["registry"]) if where.get("registry") else None)
    _limit()
    gain_no_privileges()
    try:
        reading = read_file(sys.stdin.buffer.read(), question, declarations, registry)
        for line in reading_lines(reading):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _limit() -> None:
    for kind, limit, last in (
        (resource.RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES),
        # Passing the first ends the process with SIGXCPU, so that a kill means somebody else.
        (resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 5),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(
            kind, (limit, last) if hard == resource.RLIM_INFINITY else (min(limit, hard), hard)
        )


if __name__ == "__main__":
    sys.exit(main())
