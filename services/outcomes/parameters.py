"""What several routes of this service are asked with: a feed by its name, a period by its label."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.outcomes.errors import UnknownFeed
from services.outcomes.feeds.declarations import Declarations, Feed
from services.outcomes.instruments.declarations import Instruments
from shared.months import Month, Period, parse_period
from shared.problems import Invalid


async def _declarations(request: Request) -> Declarations:
    """What the application read at its start."""
    declarations: Declarations = request.app.state.declarations
    return declarations


DeclarationsOf = Annotated[Declarations, Depends(_declarations)]


async def _instruments(request: Request) -> Instruments:
    """What the application read at its start."""
    instruments: Instruments = request.app.state.instruments
    return instruments


InstrumentsOf = Annotated[Instruments, Depends(_instruments)]


async def _declared_feed(feed: str, declarations: DeclarationsOf) -> Feed:
    declared = declarations.feeds.get(feed)
    if declared is None:
        raise UnknownFeed
    return declared


DeclaredFeed = Annotated[Feed, Depends(_declared_feed)]
"""The feed of an address."""


async def _asked_period(
    period: Annotated[
        str | None,
        Query(description="2019-20-Q4, 2019-20 or 2020-01", max_length=20, examples=["2019-20-Q4"]),
    ] = None,
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


async def _asked_month(
    month: Annotated[str | None, Query(description="2020-01", max_length=20, examples=["2020-01"])] = None,
) -> Month | None:
    if month is None:
        return None
    try:
        return Month.parse(month)
    except ValueError:
        raise Invalid.one("date.format", "/month", "A month is written 2020-01.") from None


AskedMonth = Annotated[Month | None, Depends(_asked_month)]
"""The month of a query, None where it names none."""


async def _asked_withdrawal(
    withdraw: Annotated[
        str | None,
        Query(
            description="Months, as 2022-04,2022-05, of which the file says nothing and which it takes out of force",
            max_length=200,
            examples=["2022-04,2022-05"],
        ),
    ] = None,
) -> tuple[Month, ...]:
    if withdraw is None:
        return ()
    try:
        periods = [parse_period(one.strip()) for one in withdraw.split(",")]
    except ValueError:
        detail = "Months to withdraw are written 2022-04,2022-05; 2022-23-Q1 names a quarter."
        raise Invalid.one("date.format", "/withdraw", detail) from None
    return tuple(sorted({month for period in periods for month in period}))


AskedWithdrawal = Annotated[tuple[Month, ...], Depends(_asked_withdrawal)]
"""The months that a sender takes out of force, in order; none where it names none."""
