"""The returns of one council as the page tells its officer of them."""

from services.outcomes.completeness.queries import first_months_sent, sendings_of
from services.outcomes.completeness.rules import Return, return_told, returns_to_show
from services.outcomes.feeds.declarations import Feed
from shared.months import Month, london_day
from shared.service.acting import Act

MOST_RETURNS = 8


async def newest_returns(act: Act, feed: Feed, council: str) -> list[Return]:
    """The newest returns that are awaited of a council, with where each stands today."""
    first = await first_months_sent(act.session, feed)
    awaited = returns_to_show(feed, act.registry, today=Month.of(act.now), first_sent=first)
    own = [one for one in awaited if one[0] == council][:MOST_RETURNS]
    sendings = await sendings_of(act.session, feed, {month for _, period in own for month in period})
    today = london_day(act.now)
    return [return_told(feed, act.registry, one, sendings, today=today) for one in own]
