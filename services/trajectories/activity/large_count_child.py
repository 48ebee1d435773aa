"""The child process that counts a large file: `python -m services.trajectories.activity.large_count_child`.

It does what `count_child` does, and counts records in blocks. Loading what that needs takes longer than a small file.
"""

# ruff: noqa: E402 -- what is loaded stays, and to look through it for circles takes a fifth of the loading
import gc

gc.disable()

import sys
from typing import Final

from services.trajectories.activity.blocks import add_blocks
from services.trajectories.activity.count_child import main

# polars sets aside a gigabyte of addresses for threads that it hardly uses; what it writes to is bounded as everywhere.
ADDRESS_BYTES: Final = 4 * 1024 * 1024 * 1024

if __name__ == "__main__":
    sys.exit(main(add_blocks, address_bytes=ADDRESS_BYTES))
