"""The child process that reads a file: `python -m services.outcomes.feeds.parse_child`.

It is given one question and one file on its standard input and answers on its standard output. Before it looks at
the file it takes away from itself memory, processor time, the right to write files and every privilege to come; it holds no secret, since
its parent hands down no environment.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.outcomes.feeds.declarations import load_declarations
from services.outcomes.feeds.exchange import read_question, reading_lines
from services.outcomes.feeds.parsing import read_file
from shared.registry.loading import load_registry
from shared.service.readers import answer_under_limits

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 40


def main() -> int:
    """Read the question, then the file under limits; write the reading. Returns the exit status."""
    question, where = read_question(sys.stdin.buffer.readline())
    declarations = load_declarations(Path(where["layouts"]) if where.get("layouts") else None)
    registry = load_registry(Path(where["registry"]) if where.get("registry") else None)

    def lines() -> Iterator[bytes]:
        return reading_lines(read_file(sys.stdin.buffer.read(), question, declarations, registry))

    return answer_under_limits(lines, memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
