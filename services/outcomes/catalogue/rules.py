"""Which quarter a template is for where nobody says."""

from datetime import timedelta

from shared.months import Month, Period, financial_quarter
from shared.registry.entries import Council


def latest_quarter(council: Council | None, today: Month) -> Period:
    """The newest quarter of the financial year that has passed and through which a council stood."""
    newest = financial_quarter(today - 3)
    if council is None or council.valid_to is None or council.valid_to >= newest.last.last_day:
        return newest
    return financial_quarter(Month.of(council.valid_to + timedelta(days=1)) - 3)
