"""What several routes of this service are asked with: a feed by its name, a period by its label."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.outcomes.errors import UnknownFeed
from services.outcomes.feeds.declarations import Declarations, Feed
from shared.months import Period, parse_period
from shared.problems import Invalid


async def _declarations(request: Request) -> Declarations:
    """What the application read at its start."""
    declarations: Declarations = request.app.state.declarations
    return declarations


DeclarationsOf = Annotated[Declarations, Depends(_declarations)]


async def _declared_feed(feed: str, declarations: DeclarationsOf) -> Feed:
    declared = declarations.feeds.get(feed)
    if declared is None:
        raise UnknownFeed
    return declared


DeclaredFeed = Annotated[Feed, Depends(_declared_feed)]
"""The feed of an address."""


async def _asked_period(
    period: Annotated[str | None, Query(description="2019-20-Q4, 2019-20 or 2020-01", max_length=20)] = None,
) -> Period | None:
    if period is None:
        return None
    try:
        return parse_period(period)
    except ValueError:
        detail = "A period is written 2019-20-Q4, 2019-20 or 2020-01."
        raise Invalid.one("date.format", "/period", detail) from None


AskedPeriod = Annotated[Period | None, Depends(_asked_period)]
"""The period of a query, None where it names none."""
