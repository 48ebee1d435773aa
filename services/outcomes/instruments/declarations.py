"""What an instrument is: data, checked when it is loaded. `docs/instruments.md` shows how one is declared.

Every number is a Decimal as it is written in the file, so that 6.6 is 6.6 and a band ends where its source says.
"""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DECLARED: Final = Path(__file__).parent / "declared"
LONGEST_KEY: Final = 40
MOST_DECIMALS: Final = 4
"""As many as are stored."""

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=LONGEST_KEY)]
Label = Annotated[str, Field(min_length=1, max_length=255)]
Kind = Literal["items", "external", "value", "answer", "state", "concerns", "counts"]
Better = Literal["higher", "lower", "none"]
SIGNS: Final[Mapping[str, int]] = {"higher": 1, "lower": -1, "none": 0}


class Part(BaseModel):
    """Part of a declaration: frozen, and a member nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Items(Part):
    """How many items are answered, each with a whole number from low to high."""

    count: Annotated[int, Field(ge=1, le=200)]
    low: int
    high: int


class Range(Part):
    """Legal values: low, low + step, … high."""

    low: Decimal
    high: Decimal
    step: Annotated[Decimal, Field(gt=0)] = Decimal(1)

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies in the range, its ends included."""
        return self.low <= value <= self.high

    def on_step(self, value: Decimal) -> bool:
        """Whether a value is one of the steps."""
        return (value - self.low) % self.step == 0

    @property
    def whole(self) -> bool:
        """Whether every legal value is a whole number."""
        return self.low % 1 == 0 and self.step % 1 == 0


class Unit(Range):
    """A unit in which a value is sent. The score is factor x value + offset, rounded half up to the score's decimals."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9%/]{1,20}$")]
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)

    def score_of(self, value: Decimal, decimals: int) -> Decimal:
        """The score of a value of this unit."""
        return rounded(self.factor * value + self.offset, decimals)


class Also(Part):
    """A number that is shown beside the score: factor x score + offset, or the value itself where it came in this unit."""

    key: Annotated[str, Field(pattern=r"^[a-z_]{1,30}$")]
    unit: str
    factor: Decimal
    offset: Decimal
    decimals: int


class Metric(Part):
    """What the score becomes before scores are compared: by a table of every legal score, or divided by a number."""

    title: Label
    decimals: Annotated[int, Field(ge=0, le=MOST_DECIMALS)]
    table: dict[int, Decimal] | None = None
    divisor: Annotated[Decimal, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        if (self.table is None) == (self.divisor is None):
            raise ValueError("a metric has a table or a divisor")
        return self

    def of(self, score: Decimal) -> Decimal:
        """The metric of a legal score."""
        if self.table is not None:
            return self.table[int(score)]
        if self.divisor is None:
            raise ValueError("a metric has a table or a divisor")
        return rounded(score / self.divisor, self.decimals)


class State(Part):
    """A level for each dimension, written one after another."""

    dimensions: Annotated[tuple[Key, ...], Field(min_length=1)]
    low: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(le=9)]


class Scale(Part):
    """A whole number from low to high."""

    low: int
    high: int


class Concerns(Scale):
    """One or more concerns of the person's own, each with a number, and wellbeing with one."""

    most: Annotated[int, Field(ge=1)]


class Counts(Part):
    """A count of events for each level. optional: levels that may be left out."""

    levels: Annotated[tuple[Key, ...], Field(min_length=1)]
    optional: tuple[Key, ...] = ()
    most: int


class Band(Part):
    """One band of a set, its ends included."""

    key: Key
    title: Label | None = None
    from_: Decimal = Field(alias="from")
    to: Decimal


class BandSet(Part):
    """Bands by one source. on: whether they are of the score or of the metric.   edition: to which one they belong.

    valid_from, valid_to: days between which the source held; both may be open.
    """

    key: Key
    source: Label
    on: Literal["score", "metric"] = "score"
    edition: str | None = None
    default: bool = False
    valid_from: str | None = None
    valid_to: str | None = None
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]

    def band_of(self, value: Decimal) -> str | None:
        """The band in which a value lies."""
        return next((band.key for band in self.bands if band.from_ <= value <= band.to), None)


class Threshold(Part):
    """From which difference on a change is one. `source` says who says so."""

    key: Key
    value: Annotated[Decimal, Field(gt=0)]
    source: Label
    default: bool = False


class Code(Part):
    """A code of a terminology for the score, or for one band or all."""

    system: str
    code: str
    of: Literal["score", "band"]
    band: Key | None = None


class Licence(Part):
    """Whose the wording is, and whether it may be shown. No wording is shipped either way."""

    holder: str
    wording_allowed: bool
    note: str = ""


class Component(Part):
    """A part with a number and a direction of its own."""

    key: str
    direction: Better
    low: int
    high: int


class Instrument(Part):
    """One instrument.

    direction: which scores are better.   decimals: of the score.   averages: False where scores are no distances.
    subject: about whom it is; one about a team is no measurement of a person.
    """

    key: Key
    title: Label
    kind: Kind
    subject: Literal["person", "team"] = "person"
    direction: Better
    decimals: Annotated[int, Field(ge=0, le=MOST_DECIMALS)] = 0
    averages: bool = True
    minimum_age: Annotated[int, Field(ge=0, le=120)] | None = None
    editions: tuple[str, ...] = ()
    reports_level: bool = False
    takes_target: bool = False
    items: Items | None = None
    range: Range | None = None
    units: tuple[Unit, ...] = ()
    also: Also | None = None
    answers: tuple[Key, ...] = ()
    state: State | None = None
    vas: Scale | None = None
    concerns: Concerns | None = None
    counts: Counts | None = None
    metric: Metric | None = None
    band_sets: tuple[BandSet, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    component_threshold: Threshold | None = None
    codes: tuple[Code, ...] = ()
    licence: Licence

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is, 0 where neither is."""
        return SIGNS[self.direction]

    @cached_property
    def default_threshold(self) -> Threshold | None:
        """The threshold by which a change is judged unless another is named."""
        return next((one for one in self.thresholds if one.default), None)

    def threshold(self, key: str) -> Threshold | None:
        """A declared threshold by its key."""
        return next((one for one in self.thresholds if one.key == key), None)

    def unit(self, key: str) -> Unit | None:
        """A unit by its key."""
        return next((one for one in self.units if one.key == key), None)

    def default_band_set(self, edition: str | None = None) -> BandSet | None:
        """The set by which scores are named: that of the edition, where there are editions."""
        if self.editions:
            return next((one for one in self.band_sets if one.edition == edition), None)
        return next((one for one in self.band_sets if one.default), None)

    def band_of(self, bands: BandSet, *, score: Decimal, metric: Decimal | None) -> str | None:
        """The band of a score within a set."""
        return bands.band_of(metric if bands.on == "metric" and metric is not None else score)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The parts that are known beforehand; a person's own concerns are not."""
        if self.state is not None and self.vas is not None:
            low, high = self.state.low, self.state.high
            dimensions = (
                Component(key=key, direction="lower", low=low, high=high) for key in self.state.dimensions
            )
            vas = Component(key="vas", direction="higher", low=self.vas.low, high=self.vas.high)
            return (*dimensions, vas)
        if self.concerns is not None:
            scale = self.concerns
            return (Component(key="wellbeing", direction=self.direction, low=scale.low, high=scale.high),)
        if self.counts is not None:
            most = self.counts.most
            return tuple(
                Component(key=key, direction=self.direction, low=0, high=most) for key in self.counts.levels
            )
        return ()

    @cached_property
    def scores(self) -> Range | None:
        """The legal scores; None where an instrument has no single score."""
        if self.items is not None:
            few, many = self.items.count * self.items.low, self.items.count * self.items.high
            return Range(low=Decimal(few), high=Decimal(many))
        if self.range is not None:
            return self.range
        return self.units[0] if self.units else None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed: Mapping[str, object] = {
            "items": self.items,
            "external": self.range,
            "value": self.units,
            "answer": self.answers,
            "state": self.state and self.vas,
            "concerns": self.concerns,
            "counts": self.counts,
        }
        if not needed[self.kind]:
            raise ValueError(f"an instrument of kind {self.kind} declares what it is answered with")
        if self.also is not None and self.unit(self.also.unit) is None:
            raise ValueError(f"{self.also.key} is in a unit that the instrument does not have")
        if sum(one.default for one in self.thresholds) > 1:
            raise ValueError("one threshold at most is the default")
        if self.thresholds and self.default_threshold is None:
            raise ValueError("where there are thresholds, one is the default")
        if any(self.default_band_set(edition) is None for edition in self.editions):
            raise ValueError("every edition has a set of bands")
        return self

    @model_validator(mode="after")
    def _tables_and_bands_hold_every_score(self) -> Self:
        scores, table = self.scores, self.metric and self.metric.table
        if table and (scores is None or sorted(table) != list(range(int(scores.low), int(scores.high) + 1))):
            raise ValueError("the table of the metric has every legal score and no other")
        for bands in self.band_sets:
            if bands.on == "metric" and table:
                lost = [value for value in table.values() if bands.band_of(value) is None]
            else:
                lost = [] if scores is None else _gaps(bands, scores)
            if lost:
                raise ValueError(f"{bands.key}: no band, or more than one, has {lost[0]}")
        return self


def _gaps(bands: BandSet, scores: Range) -> list[Decimal]:
    """Scores about which bands disagree with the legal range: each begins one step above the end of the one before."""
    begins = [*(band.from_ for band in bands.bands), scores.high + scores.step]
    ends = [scores.low - scores.step, *(band.to for band in bands.bands)]
    return [begin for begin, end in zip(begins, ends, strict=True) if begin != end + scores.step]


class InstrumentError(Exception):
    """A declaration that cannot be used; the message names the file and what is wrong with it."""


class Instruments:
    """The instruments of an installation, by key."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self.by_key = dict(sorted(instruments.items()))

    def get(self, key: str) -> Instrument | None:
        """An instrument by its key."""
        return self.by_key.get(key)

    def of_row(self, key: str) -> Instrument:
        """The instrument of a stored measurement; one that is declared no more compares nothing, and names no band."""
        return self.by_key.get(key) or Instrument(
            key=key,
            title=key,
            kind="answer",
            direction="none",
            decimals=MOST_DECIMALS,
            answers=("none",),
            licence=Licence(holder="", wording_allowed=False),
        )

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.by_key.values())


def load_instruments(own: Path | None = None) -> Instruments:
    """The instruments that ship with the platform, and those of a folder of the installation's own.

    One of the folder takes the place of one that ships under the same key. Raises InstrumentError naming the file.
    """
    return Instruments({**_read_folder(DECLARED), **(_read_folder(own) if own is not None else {})})


def rounded(value: Decimal, decimals: int) -> Decimal:
    """A number rounded half up."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _read_folder(folder: Path) -> dict[str, Instrument]:
    if not folder.is_dir():
        raise InstrumentError(f"{folder}: there is no such folder")
    found: dict[str, Instrument] = {}
    for path in sorted(folder.glob("*.toml")):
        instrument = _read(path)
        if path.stem != instrument.key:
            raise InstrumentError(f"{path}: the file of {instrument.key} is called {instrument.key}.toml")
        found[instrument.key] = instrument
    return found


def _read(path: Path) -> Instrument:
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return Instrument.model_validate(document)
    except (OSError, ValueError, ValidationError) as wrong:
        raise InstrumentError(f"{path}: {wrong}") from wrong
