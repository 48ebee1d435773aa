"""`python -m benchmarks.attack [--seeds 1000]`: publications of invented quarters attacked, and what was found.

As `tests/trajectories/test_attack.py`, on more quarters, with more communities and resends, and a part of them reablement's.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.trajectories.attacking import Found, attacks
from tests.trajectories.quarters import reablement, small_target

REABLEMENT_EVERY = 20


def main() -> int:
    """Attack, and print the sum; 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    whole, began = Found(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        small, large = small_target(Path(folder)), reablement()
        for seed in range(given.first, given.first + given.seeds):
            found = attacks(seed, large if seed % REABLEMENT_EVERY == 0 else small, communities=3)
            whole.hidden += found.hidden
            whole.held += found.held
            whole.due += found.due
            whole.shown += found.shown
            whole.narrowed += found.narrowed
            for key, values in found.narrowed:
                print(f"seed {seed}: {key} can only be {values}", flush=True)
    print(
        f"{given.seeds} quarters, three publications each: {whole.hidden} hidden counts, {len(whole.narrowed)} with fewer "
        f"than four values; {whole.shown} of {whole.due} figures of 8 and more shown ({whole.shown / whole.due:.1%}), "
        f"{whole.held} of {2 * given.seeds} resends held back, "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if whole.narrowed else 0


if __name__ == "__main__":
    raise SystemExit(main())
