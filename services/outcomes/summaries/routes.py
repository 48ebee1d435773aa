"""`GET /v1/measurement-summaries`."""

from typing import Annotated

from fastapi import Query

from services.outcomes.parameters import InstrumentsOf
from services.outcomes.summaries.actions import SummaryQuestion, summarise
from services.outcomes.summaries.schemas import SummaryAnswer
from shared.http.dates import CalendarDate
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.routing import Router

router = Router(prefix="/v1/measurement-summaries", tags=["measurements"])

Asker = Annotated[Act, may("measurements.read", "performance.read")]


@router.get("", problems=(Invalid,))
async def read_summary(
    act: Asker,
    instruments: InstrumentsOf,
    instrument: Annotated[str, Query(max_length=40, examples=["swemwbs"])],
    icc: Annotated[str | None, Query(max_length=64, examples=["kendal"])] = None,
    programme: Annotated[str | None, Query(max_length=64, examples=["falls-class"])] = None,
    from_: Annotated[
        CalendarDate | None,
        Query(
            alias="from", description="The first day on which people were measured", examples=["2026-04-01"]
        ),
    ] = None,
    to: Annotated[
        CalendarDate | None, Query(description="The last day, included", examples=["2026-06-30"])
    ] = None,
    threshold: Annotated[
        str | None,
        Query(
            max_length=40, description="By which declared threshold changes are judged", examples=["strict"]
        ),
    ] = None,
) -> SummaryAnswer:
    """First and repeat measurements by band, and what changed between them in pairs of the same people.

    Each person counts once in each part: by the latest first, and by the latest repeat of the days asked for, which is paired
    with the first of its episode, whenever that was. Exact with `measurements.read` in one's own communities, or of what
    one's organisation sent. Everybody else sees one published quarter, of an ICC or of the whole, with small numbers hidden.
    """
    question = SummaryQuestion(instrument, icc, programme, from_, to, threshold)
    return await summarise(act, question, instruments)
