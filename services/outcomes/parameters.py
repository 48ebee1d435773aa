"""What several routes of this service are asked with: a feed by its name, a period by its label."""

from typing import Annotated

from fastapi import Query, Request

from services.outcomes.errors import UnknownFeed
from services.outcomes.feeds.declarations import Declarations, Feed
from shared.months import Period, parse_period
from shared.problems import Invalid

PeriodParam = Annotated[str | None, Query(description="2019-20-Q4, 2019-20 or 2020-01", max_length=20)]


def declared_feed(request: Request, key: str) -> Feed:
    """The feed of an address. Raises UnknownFeed."""
    declarations: Declarations = request.app.state.declarations
    feed = declarations.feeds.get(key)
    if feed is None:
        raise UnknownFeed
    return feed


def asked_period(text: str | None) -> Period | None:
    """The period of a query, None where it names none. Raises Invalid."""
    if text is None:
        return None
    try:
        return parse_period(text)
    except ValueError:
        detail = "A period is written 2019-20-Q4, 2019-20 or 2020-01."
        raise Invalid.one("date.format", "/period", detail) from None
