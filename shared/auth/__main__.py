"""The services' key pairs on purpose: python -m shared.auth --data DIR makes those that are missing.

A deployment over several machines gives each service its own `keys/service-<name>.pem` as ICC_SERVICE_KEY and all of them
`keys/services.json` as ICC_SERVICE_KEYS.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.auth.key_files import KEYS_DIRECTORY
from shared.auth.sisters import make_service_keys
from shared.files import PrivateFileError


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Make the keys; 0 when they are there, 1 with a sentence on stderr when that was refused."""
    parser = argparse.ArgumentParser(prog="python -m shared.auth", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(environ.get("ICC_DATA_DIR", ".icc")))
    data_dir: Path = parser.parse_args(arguments).data
    try:
        make_service_keys(data_dir)
    except (PrivateFileError, OSError, ValueError) as refusal:
        sys.stderr.write(f"the services' keys cannot be made: {refusal}\n")
        return 1
    sys.stdout.write(f"every service has its key pair in {data_dir / KEYS_DIRECTORY}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
