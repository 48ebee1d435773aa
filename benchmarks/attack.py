"""`python -m benchmarks.attack [--seeds 1000]`: publications of invented quarters attacked, and what was found.

As `tests/trajectories/test_attack.py`, on more quarters, with more communities and resends. Of twenty one is reablement's, one of practices.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.trajectories.attacking import Found, attacks
from tests.trajectories.attacking_practices import attack_practices
from tests.trajectories.quarters import reablement, small_target

SMALL, LARGE, PRACTICES = "one table and a rate", "reablement", "practices"
ROUND = 20
KINDS = {0: LARGE, 10: PRACTICES}


def main() -> int:
    """Attack, and print the sum; 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    sums = {kind: Found() for kind in (SMALL, LARGE, PRACTICES)}
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        small, large = small_target(Path(folder)), reablement()
        practices = small_target(Path(folder), supply="practice")
        for seed in range(given.first, given.first + given.seeds):
            kind = KINDS.get(seed % ROUND, SMALL)
            if kind == PRACTICES:
                found = attack_practices(seed, practices, resends=2)
            else:
                found = attacks(seed, large if kind == LARGE else small, communities=3)
            sums[kind].add(found)
            for key, values in found.narrowed:
                print(f"seed {seed}: {key} can only be {values}", flush=True)
    for name, whole in sums.items():
        print(f"{name}: {told(whole)}")
    print(f"{time.process_time() - began:.0f} s of a core")
    return 1 if any(whole.narrowed for whole in sums.values()) else 0


def told(whole: Found) -> str:
    """What was found, in a sentence."""
    share = whole.shown / whole.due if whole.due else 1
    return (
        f"{whole.quarters} quarters, three publications each: {whole.hidden} hidden counts, {len(whole.narrowed)} with fewer "
        f"than four values; {whole.shown} of {whole.due} figures of 8 and more shown ({share:.1%}), "
        f"{whole.held} of {2 * whole.quarters} resends held back"
    )


if __name__ == "__main__":
    raise SystemExit(main())
