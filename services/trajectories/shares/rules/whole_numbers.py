"""Whole numbers of a trajectory: the quota method on running totals.

Rounding each month by itself drifts over a year, by several spells at a small practice. Here every unit of the Bay's
figure is given to one place, in order, so each running total stays within one of its exact value.
Source: Balinski and Young, "The quota method of apportionment", American Mathematical Monthly 82 (1975).
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate


def whole_numbers(plan: Sequence[int], window: Mapping[str, int]) -> dict[str, list[int]]:
    """Share out a plan among places, month by month, by what each had in a window.

    plan: (months,), units a month, >= 0.   window: units of each place in the window, >= 0, some above 0.
    Returns for each place (months,), units a month. Months add up to the plan, and no running total is one or more away
    from exact. It depends on no order and no scale of the window. A tie goes to the larger window, then to the first code.
    Raises ValueError for a negative number, or a window without anything in it.
    """
    if not window or min(window.values()) < 0 or min(plan, default=0) < 0:
        raise ValueError("plans and windows are counts of 0 and more, for one place at least")
    sizes = {code: size for code, size in sorted(window.items()) if size}
    if not sizes:
        raise ValueError("nothing happened in the window, so nobody has a share")
    shared: dict[str, list[int]] = {code: [] for code in window}
    before, start = dict.fromkeys(sizes, 0), 0
    for end in accumulate(plan):
        after = _given_at(end, sizes, before=before, start=start)
        for code, series in shared.items():
            series.append(after.get(code, 0) - before.get(code, 0))
        before, start = after, end
    return shared


def parts_of(series: Sequence[int], window: Mapping[str, int]) -> dict[str, list[int]]:
    """A community's whole numbers shared out among its practices; where none had anything, all have 0."""
    if any(window.values()):
        return whole_numbers(series, window)
    return {code: [0] * len(series) for code in window}


# The quota method gives the next unit, of the places that would not come above their upper quota, to the one with the
# largest size / (given + 1). Read as a timetable this is "earliest deadline first": the k-th unit of a place may be given
# after (k - 1) * whole / size turns, and is due at k * whole / size. So a month can be worked out from its ends. At an end,
# all that is due has been given, and some places have one more, their next unit, given early. Early units take those turns
# at which nothing that is due by the end may be given.


def _given_at(end: int, sizes: Mapping[str, int], *, before: Mapping[str, int], start: int) -> dict[str, int]:
    """What each place has after `end` turns. before: what each has after `start` turns of the same run."""
    whole = sum(sizes.values())
    due = {code: end * size // whole for code, size in sizes.items()}
    given = {code: max(before[code], due[code]) for code in sizes}
    early = sum(before[code] > due[code] for code in sizes)
    free = end - sum(given.values())
    if not free:
        return given
    # Multiplied so far, deadlines keep their order when they are cut to whole numbers.
    scale = max(sizes.values()) ** 2
    waiting = [
        (due[code] * whole // size + 1, (due[code] + 1) * scale // size, -size, code)
        for code, size in sizes.items()
        if given[code] == due[code]
    ]
    heapq.heapify(waiting)
    # Before the first early unit may be given, no turn is free.
    turn = start if early else max(start, waiting[0][0] - 1)
    ready: list[tuple[int, int, str]] = []
    for free_turn in _free_turns(sizes, due, turn=turn, done=turn - early, free=free):
        while waiting and waiting[0][0] <= free_turn:
            heapq.heappush(ready, heapq.heappop(waiting)[1:])
        given[heapq.heappop(ready)[2]] += 1
    return given


def _free_turns(
    sizes: Mapping[str, int], due: Mapping[str, int], *, turn: int, done: int, free: int
) -> Iterator[int]:
    """The turns after `turn` at which no unit that is due may be given. done: due units given by then."""
    whole = sum(sizes.values())
    pairs = [(size, due[code]) for code, size in sizes.items()]
    # What may be given only grows, so as many turns as units are waiting can be passed over at once.
    while (backlog := _allowed(pairs, turn + 1, whole) - done) * _WORTH_A_LEAP > len(pairs):
        turn, done = turn + backlog, done + backlog
    arrivals = Counter(
        given * whole // size + 1
        for size, last in pairs
        for given in range(min(last, -(-turn * size // whole)), last)
    )
    backlog = _allowed(pairs, turn, whole) - done
    while free:
        turn += 1
        backlog += arrivals[turn]
        if backlog:
            backlog -= 1
        else:
            free -= 1
            yield turn


def _allowed(pairs: Sequence[tuple[int, int]], turn: int, whole: int) -> int:
    """How many due units may be given by a turn. pairs: size and due units of each place."""
    return sum([min(last, -(-turn * size // whole)) for size, last in pairs])


# Passing over turns costs a look at every place, going one by one a few times that for every turn.
_WORTH_A_LEAP = 3
