"""Instruments as they are answered."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, Field

from services.outcomes.instruments.declarations import Instrument, Kind, Threshold
from services.outcomes.instruments.scoring import asked

MISSING_RULE: Final = (
    "Scored only when complete: a missing or illegal answer is refused, and nothing is filled in."
)
Number = int | float


class ItemAnswer(BaseModel):
    """One item, by its number: no wording is shipped."""

    number: int
    values: list[int]


class UnitAnswer(BaseModel):
    """A unit in which a value is sent, with its legal values."""

    unit: str
    low: Number
    high: Number
    step: Number


class BandAnswer(BaseModel):
    """A band, both ends included."""

    band: str
    title: str | None = None
    from_: Number = Field(alias="from")
    to: Number


class BandSetAnswer(BaseModel):
    """Bands by one source; `on` says of which number they are."""

    key: str
    source: str
    on: str
    edition: str | None
    default: bool
    valid_from: str | None
    valid_to: str | None
    bands: list[BandAnswer]


class ThresholdAnswer(BaseModel):
    """From which change on somebody is better or worse, and who says so."""

    key: str
    value: Number
    source: str


class DeclaredThreshold(ThresholdAnswer):
    """A threshold of an instrument."""

    default: bool


class MetricAnswer(BaseModel):
    """What the score becomes before it is compared. table: every legal score with its metric, where it goes by a table."""

    title: str
    decimals: int
    table: dict[str, Number] | None
    divisor: Number | None


class ComponentAnswer(BaseModel):
    """A part with its own range and direction."""

    key: str
    direction: str
    low: int
    high: int


class CodeAnswer(BaseModel):
    """A code of a terminology for the score or for a band."""

    system: str
    code: str
    of: str
    band: str | None


class LicenceAnswer(BaseModel):
    """Whose the wording is. wording_allowed: whether it may be shown without asking."""

    holder: str
    wording_allowed: bool
    note: str


class InstrumentAnswer(BaseModel):
    """One instrument: what to send, how it is scored, and what its scores mean."""

    key: str
    title: str
    kind: Kind
    subject: str
    direction: str = Field(description="Which scores are better: higher, lower or none")
    asked: list[str] = Field(description="The members that a measurement with it needs")
    items: list[ItemAnswer]
    values: list[Number | str] = Field(description="Legal values of an item, or the legal answers")
    range: UnitAnswer | None
    units: list[UnitAnswer]
    editions: list[str]
    metric: MetricAnswer | None
    components: list[ComponentAnswer]
    component_threshold: ThresholdAnswer | None
    band_sets: list[BandSetAnswer]
    thresholds: list[DeclaredThreshold]
    takes_target: bool
    averages: bool = Field(description="False where scores are no distances, and have no mean")
    minimum_age: int | None
    missing_rule: str
    codes: list[CodeAnswer]
    licence: LicenceAnswer


def number(value: Decimal) -> Number:
    """A Decimal as JSON has it: whole where it has no decimals."""
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def threshold_told(threshold: Threshold) -> dict[str, Any]:
    """The same for an answer that is written without a model."""
    return {"key": threshold.key, "value": number(threshold.value), "source": threshold.source}


def threshold_answer(threshold: Threshold) -> ThresholdAnswer:
    """A threshold as it is named beside what was judged by it."""
    return ThresholdAnswer(key=threshold.key, value=number(threshold.value), source=threshold.source)


def instrument_answer(instrument: Instrument) -> InstrumentAnswer:
    """An instrument as it is shown."""
    items, legal = instrument.items, instrument.range
    values = [] if items is None else list(range(items.low, items.high + 1))
    shown: Mapping[str, Any] = {
        "items": [{"number": one + 1, "values": values} for one in range(items.count)] if items else [],
        "values": [*values, *instrument.answers, *_levels(instrument)],
        "range": None if legal is None else _legal("", legal.low, legal.high, legal.step),
        "units": [_legal(one.key, one.low, one.high, one.step) for one in instrument.units],
        "metric": _metric(instrument),
        "components": [one.model_dump() for one in instrument.components],
        "component_threshold": instrument.component_threshold
        and threshold_answer(instrument.component_threshold),
        "band_sets": [
            {
                **one.model_dump(exclude={"bands"}),
                "default": one is instrument.default_band_set(one.edition),
                "bands": [
                    {"band": band.key, "title": band.title, "from": number(band.from_), "to": number(band.to)}
                    for band in one.bands
                ],
            }
            for one in instrument.band_sets
        ],
        "thresholds": [
            {"key": one.key, "value": number(one.value), "source": one.source, "default": one.default}
            for one in instrument.thresholds
        ],
        "codes": [one.model_dump() for one in instrument.codes],
        "licence": instrument.licence.model_dump(),
        "missing_rule": MISSING_RULE,
        "asked": list(asked(instrument)),
    }
    same = ("key", "title", "kind", "subject", "direction", "editions", "takes_target", "averages")
    named = {name: getattr(instrument, name) for name in (*same, "minimum_age")}
    return InstrumentAnswer.model_validate({**named, **shown, "editions": list(instrument.editions)})


def _levels(instrument: Instrument) -> list[Number]:
    return [] if instrument.state is None else list(range(instrument.state.low, instrument.state.high + 1))


def _legal(unit: str, low: Decimal, high: Decimal, step: Decimal) -> UnitAnswer:
    return UnitAnswer(unit=unit, low=number(low), high=number(high), step=number(step))


def _metric(instrument: Instrument) -> dict[str, Any] | None:
    metric = instrument.metric
    if metric is None:
        return None
    table = None if metric.table is None else {str(raw): float(one) for raw, one in metric.table.items()}
    divisor = None if metric.divisor is None else number(metric.divisor)
    return {"title": metric.title, "decimals": metric.decimals, "table": table, "divisor": divisor}
