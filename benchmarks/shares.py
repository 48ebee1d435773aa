"""What the shares of one version cost, for a system as large as the Bay and for one as large as England.

`python -m benchmarks.shares`. Everything is invented: practices of uneven size, three years of months, a plan of a year. The
seconds of a version are beside those of reading its activity once in the same process, which is the least that it can cost.
"""

import random
import time
from collections.abc import Callable

from services.trajectories.shares.rules.drafting import Standing, draft_shares
from services.trajectories.shares.rules.whole_numbers import whole_numbers
from services.trajectories.shares.rules.windows import choose_window
from shared.months import Month, month_range

FIRST, MONTHS = Month(2017, 4), 36
SIZES = {"the Bay": (60, 8), "an eighth of England": (812, 156), "England": (6_500, 1_250)}
SYSTEM_A_YEAR = 150_000


def main() -> None:
    """Print a line for each size."""
    print(
        f"{'':22} {'practices':>9} {'communities':>11} {'units a year':>12} {'version':>8} {'one reading':>11}"
    )
    for name, (practices, communities) in SIZES.items():
        _measure(name, practices, communities)
    window = {f"{at:04d}": size for at, size in enumerate(_sizes(6_500))}
    seconds = _timed(lambda: whole_numbers([SYSTEM_A_YEAR // 12] * 12, window))
    print(f"{SYSTEM_A_YEAR:,} a year among {len(window):,} practices in one stage: {seconds:.2f} s")


def _measure(name: str, practices: int, communities: int) -> None:
    months = month_range(FIRST, FIRST + (MONTHS - 1))
    draw = random.Random(practices)  # noqa: S311 -- invented figures, the same in every run
    activity = {
        f"P{at:05d}": {month: max(0, round(draw.gauss(size, size**0.5))) for month in months}
        for at, size in enumerate(_sizes(practices))
    }
    standings = {code: Standing(code, f"c{at % communities}") for at, code in enumerate(activity)}
    plan = [sum(cells[month] for cells in activity.values()) + 37 for month in months[-12:]]

    def version() -> None:
        window = choose_window(
            activity, wanted=(months[-12], months[-1]), excluded=frozenset(), carried_from={}
        )
        if window is None:
            raise ValueError("the invented months are complete")
        draft_shares(
            activity,
            standings,
            [f"c{at}" for at in range(communities)],
            window=window,
            plan=plan,
            new_practices="literal",
        )

    made = _timed(version)
    read = _timed(lambda: sum(sum(cells.values()) for cells in activity.values()))
    print(f"{name:22} {practices:>9,} {communities:>11,} {sum(plan):>12,} {made:>6.2f} s {read:>9.2f} s")


def _sizes(practices: int) -> list[int]:
    """Spells a month of practices: many small ones, few large."""
    draw = random.Random(1)  # noqa: S311 -- invented figures
    return [max(1, round(draw.lognormvariate(4.3, 0.5))) for _ in range(practices)]


def _timed(work: Callable[[], object]) -> float:
    """Seconds, the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    main()
