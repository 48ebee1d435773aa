"""When versions are due. Pure."""

from collections.abc import Collection, Iterator

from shared.months import Month

MONTHS_OF_QUARTER = 3


def due_quarters(*, planned: tuple[Month, Month], made: Collection[Month], current: Month) -> Iterator[Month]:
    """The first months of quarters that have begun, have a plan, and have no version yet; oldest first.

    planned: the first and the last month that plans have.   made: months from which a version is effective.
    """
    month, last = planned
    while month <= min(last, current):
        if month.month % MONTHS_OF_QUARTER == 1 and month not in made:
            yield month
        month += 1
