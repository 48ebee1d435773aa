"""The service at another time: its clock shows an instant of the test's choice, its tokens stay good."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from shared.months import LONDON
from tests.support.running import Running


@contextmanager
def at(service: Running, moment: datetime) -> Iterator[None]:
    """The service, for as long as the block lasts, at this instant."""
    platform = service.platform
    service.app.state.platform = replace(platform, clock=lambda: moment)
    try:
        yield
    finally:
        service.app.state.platform = platform


def later(service: Running, **span: float) -> datetime:
    """An instant so much later than the service's own, as `timedelta` says it."""
    moment: datetime = service.platform.clock() + timedelta(**span)
    return moment


def london(day: str, time: str = "10:00") -> datetime:
    """A time of a day in Europe/London."""
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=LONDON)
