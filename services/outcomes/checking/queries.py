"""The returns of councils as pages tell of them: those of one, and those of all that a caller may know of."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.outcomes.completeness.queries import first_months_sent, sendings_of
from services.outcomes.completeness.rules import Return, return_told, returns_to_show
from services.outcomes.feeds.declarations import Feed
from services.outcomes.submissions.queries import newest_states
from services.outcomes.submissions.schemas import SubmissionDocument, document_for
from shared.months import Month, Period, london_day
from shared.service.acting import Act

MOST_RETURNS = 8
_PERIODS = 4
_SUBMISSIONS = 30


@dataclass(frozen=True, slots=True)
class FeedReturns:
    """The newest periods of a feed, the newest first, and each council's returns of them; None where none is awaited."""

    feed: Feed
    periods: tuple[Period, ...]
    councils: tuple[tuple[str, tuple[Return | None, ...]], ...]

    @property
    def overdue(self) -> int:
        """How many returns are overdue."""
        return sum(one is not None and one.status == "overdue" for _, own in self.councils for one in own)


async def newest_returns(act: Act, feed: Feed, council: str) -> list[Return]:
    """The newest returns that are awaited of a council, with where each stands today."""
    first = await first_months_sent(act.session, feed)
    awaited = returns_to_show(feed, act.registry, today=Month.of(act.now), first_sent=first)
    own = [one for one in awaited if one[0] == council][:MOST_RETURNS]
    sendings = await sendings_of(act.session, feed, {month for _, period in own for month in period})
    today = london_day(act.now)
    return [return_told(feed, act.registry, one, sendings, today=today) for one in own]


async def returns_of_feeds(
    act: Act, feeds: Iterable[Feed], councils: Collection[str] | None
) -> list[FeedReturns]:
    """Where the newest returns of each feed stand today. councils: whose; None for everybody's."""
    return [found for feed in feeds if (found := await _returns_of(act, feed, councils)).councils]


async def _returns_of(act: Act, feed: Feed, councils: Collection[str] | None) -> FeedReturns:
    first = await first_months_sent(act.session, feed)
    awaited = returns_to_show(feed, act.registry, today=Month.of(act.now), first_sent=first)
    periods = tuple(dict.fromkeys(period for _, period in awaited))[:_PERIODS]
    own = [one for one in awaited if one[1] in periods and (councils is None or one[0] in councils)]
    sendings = await sendings_of(act.session, feed, {month for _, period in own for month in period})
    today = london_day(act.now)
    told = {one: return_told(feed, act.registry, one, sendings, today=today) for one in own}
    names = sorted({council for council, _ in own})
    return FeedReturns(
        feed, periods, tuple((name, tuple(told.get((name, one)) for one in periods)) for name in names)
    )


async def newest_submissions(act: Act, councils: Collection[str] | None) -> list[SubmissionDocument]:
    """What was sent last, of all feeds, each as the caller may see it."""
    today = london_day(act.now)
    states = await newest_states(act.session, councils, limit=_SUBMISSIONS)
    return [document_for(one, act.caller, act.registry, on=today) for one in states]
