"""`python -m shared.registry.check [FILE]`: whether a registry file holds together, before a service is started on it."""

import sys
from collections import Counter
from pathlib import Path

from shared.registry.loading import RegistryFileError, load_registry


def main(arguments: list[str]) -> int:
    """Print what the file holds and return 0, or its faults and return 1. Without a file: the one that ships."""
    try:
        registry = load_registry(Path(arguments[0]) if arguments else None)
    except RegistryFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    file = registry.file
    levels = Counter(item.level for item in file.communities)
    counts = ", ".join(f"{count} {level}" for level, count in levels.items())
    sys.stdout.write(
        f"{registry.system}, edition {registry.edition}: {counts}; {len(file.practices)} practices, "
        f"{len(file.councils)} councils, {len(file.teams)} teams, {len(file.aliases)} aliases, {len(file.lsoas)} LSOAs\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
