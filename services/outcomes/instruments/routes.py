"""`GET /v1/instruments`: what may be measured, and how."""

from typing import Annotated

from services.outcomes.errors import UnknownInstrument
from services.outcomes.instruments.schemas import InstrumentAnswer, instrument_answer
from services.outcomes.parameters import InstrumentsOf
from shared.problems import Invalid
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(prefix="/v1/instruments", tags=["measurements"], impersonal=True)

Reader = Annotated[Act, may("instruments.read")]


@router.get("", problems=(Invalid,))
async def list_instruments(
    act: Reader,
    paging: Paging,
    instruments: InstrumentsOf,
) -> Page[InstrumentAnswer]:
    """Every instrument: items and legal values, direction, bands, thresholds, minimum age, licence. No wording is shipped."""
    return paging.cut(list(instruments), shown=instrument_answer)


@router.get("/{instrument}", problems=(UnknownInstrument,))
async def read_instrument(act: Reader, instrument: str, instruments: InstrumentsOf) -> InstrumentAnswer:
    """One instrument by its key."""
    found = instruments.get(instrument)
    if found is None:
        raise UnknownInstrument
    return instrument_answer(found)
