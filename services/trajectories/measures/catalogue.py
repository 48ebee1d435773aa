"""Reading the declarations of `catalogue.toml` into measures that the report is made by.

A wrong declaration stops the process at its start, with the measure and the fault named.
"""

import hashlib
import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from shared.facts.fairness import FAIRNESS
from shared.registry.entries import Level
from shared.registry.names import nearest

Kind: TypeAlias = Literal["count", "proportion", "ratio", "mean"]
Direction: TypeAlias = Literal["increase", "decrease", "neutral"]
Rollup: TypeAlias = Literal["sum", "ratio-of-sums", "weighted-mean", "latest", "mean"]
Status: TypeAlias = Literal["live", "in-development", "not-supplied"]

SOURCE = "source"
_OTHERS = "*"
_DECLARATIONS = Path(__file__).with_name("catalogue.toml")


class Declared(BaseModel):
    """A part of a declaration: strict, frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Declared):
    """One part of a derived rate: the cells of another measure, or those of one breakdown value (`outcome=plan`)."""

    measure: str
    where: str | None = None


class Derivation(Declared):
    """A rate made here from the counts of other measures, place by place and month by month.

    denominators: of a place and month the largest divides. Several tables that count the same people may contradict each
    other, but a part is never more than its whole, and rates of one table have one denominator: they add up to 1 at most.
    """

    numerator: Part
    denominators: tuple[Part, ...] = Field(min_length=1)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that it is made from."""
        return (self.numerator, *self.denominators)


class Measure(Declared):
    """One measure. The words of its members are explained at the head of `catalogue.toml`.

    wholes: of a derived rate, the measures whose totals are its denominators.   counted: the measure that counts the people
    behind a sum.   reads: of a derived rate, all measures it is made of. The catalogue fills these in.
    """

    key: str
    title: str
    unit: str
    direction: Direction
    kind: Kind
    over_months: Literal["sum", "latest", "mean"] = "sum"
    denominator_over_months: Literal["sum", "mean"] = "sum"
    look_back_months: int | None = Field(default=None, gt=0)
    numerator: str
    denominator: str | None = None
    scale: int = Field(default=1, gt=0)
    signed: bool = False
    people: str | None = None
    per: int = Field(default=1, gt=0)
    levels: tuple[Level, ...]
    supply: Literal["community", "practice", "council", "events", "platform"]
    settles_days: int = Field(default=0, ge=0)
    source: str
    definition: str
    definition_version: str
    status: Status
    breakdowns: dict[str, tuple[str, ...]] = {}
    sources: dict[str, tuple[str, ...]] = {}
    headline_source: str | None = None
    total_from: str | None = None
    derived: Derivation | None = None
    wholes: tuple["Measure", ...] = ()
    reads: tuple["Measure", ...] = ()
    counted: "Measure | None" = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "Measure":
        if (self.kind == "count") != (self.denominator is None):
            raise ValueError("a count has no denominator, and everything else has one")
        if self.kind == "proportion" and (self.per != 1 or self.unit != "proportion"):
            raise ValueError("a proportion is a fraction with the unit 'proportion'")
        if self.denominator_over_months == "mean" and (self.kind != "ratio" or self.over_months != "sum"):
            raise ValueError(
                "only under a ratio whose numerator is summed do people take the mean of the months"
            )
        if (self.signed or self.scale > 1) and (self.kind == "proportion" or self.behind is None):
            raise ValueError("a scaled or signed number counts no people, so `people` says what does")
        if self.behind == "denominator" and self.denominator is None:
            raise ValueError("a count has no denominator that could be its people")
        if self.over_months == "mean" and self.kind != "count":
            raise ValueError("only a count takes the mean of the months")
        if self.look_back_months is not None and self.over_months != "latest":
            raise ValueError(
                "months that look back over the same people are not added: a look-back is `latest`"
            )
        self._check_breakdowns()
        self._check_sources()
        if self.supply == "platform" and (self.kind != "count" or self.over_months != "sum"):
            raise ValueError("only of a count that is summed over months is a month without any 0")
        return self

    def _check_breakdowns(self) -> None:
        """Each breakdown may hold the whole count, so one of several makes the total."""
        if self.total_from is None and len(self.breakdowns) > 1:
            raise ValueError(
                "several breakdowns would be added to the total twice: name the one that is the total's"
            )
        if self.total_from is not None and self.total_from not in self.breakdowns:
            raise ValueError("the total is made from one of the breakdowns")
        for name, values in self.breakdowns.items():
            if name in FAIRNESS and values != FAIRNESS[name]:
                raise ValueError(f"a breakdown by {name} has the values {', '.join(FAIRNESS[name])}")

    def _check_sources(self) -> None:
        """Who is counted by several may be the same people, so they are never added; acts are."""
        if ("," in self.source) != (len(self.sources) > 1):
            raise ValueError("a measure names each of several sources, under `source` and under `sources`")
        if self.headline_source is not None and self.headline_source not in self.sources:
            raise ValueError("the headline source is one of the sources")
        if self.sources and self.headline_source is None and (self.kind != "count" or self.unit == "people"):
            raise ValueError("people counted by several sources are never added: name the headline source")
        if self.derived is not None and self.sources:
            raise ValueError("a derived rate has the sources of what it is made of")

    def source_named(self, supplier: str) -> str:
        """What the declaration calls the source of a cell: who is not listed is the one that takes all others, or itself."""
        others = next((name for name, listed in self.sources.items() if _OTHERS in listed), supplier)
        return next((name for name, listed in self.sources.items() if supplier in listed), others)

    @property
    def total_breakdowns(self) -> frozenset[str]:
        """The breakdowns of people whose cells it is made of: all, where no single one makes the total."""
        if self.derived is not None:
            return frozenset((part.where or "").partition("=")[0] for part in self.derived.parts)
        return frozenset(FAIRNESS if self.total_from is None else {self.total_from})

    @property
    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """What its figures may be broken down by, with the declared values."""
        return {**self.breakdowns, SOURCE: tuple(self.sources)} if self.sources else self.breakdowns

    @property
    def rollup(self) -> Rollup:
        """How its values fold into those of a larger place or a longer period."""
        if self.over_months != "sum":
            return self.over_months
        if self.kind == "count":
            return "sum"
        return "weighted-mean" if self.kind == "mean" else "ratio-of-sums"

    @property
    def behind(self) -> str | None:
        """What counts the people behind a figure, where its parts do not: "denominator", or a measure."""
        return self.people or ("denominator" if self.kind == "mean" else None)

    def allows(
        self, numerator: int | None, denominator: int | None, breakdowns: Collection[str] = ()
    ) -> bool:
        """Whether its cells may say this: only a signed numerator is below 0, and what describes people is never crossed."""
        crossed = len(FAIRNESS.keys() & set(breakdowns)) > 1
        return (
            not crossed and (numerator is None or numerator >= 0 or self.signed) and (denominator or 0) >= 0
        )

    @property
    def made_of(self) -> tuple[str, ...]:
        """The measures whose facts this one is made of."""
        if self.derived is None:
            return (self.key,)
        return tuple(dict.fromkeys(part.measure for part in self.derived.parts))

    @property
    def read_measures(self) -> tuple[str, ...]:
        """The measures whose facts an answer needs: those it is made of, and the people behind it."""
        return self.made_of if self.people in {None, "denominator"} else (*self.made_of, str(self.people))


class Catalogue:
    """Every declared measure by key, in the order of the file. Immutable."""

    def __init__(self, measures: Mapping[str, Measure], *, digest: str) -> None:
        self._measures = dict(measures)
        self.digest = digest

    def __iter__(self) -> Iterator[Measure]:
        """The measures in the order of the file."""
        return iter(self._measures.values())

    def get(self, key: str) -> Measure | None:
        """A measure by its key."""
        return self._measures.get(key)

    def nearest(self, key: str) -> str | None:
        """The known key most like one that is not known; None when nothing comes near."""
        return nearest(key, tuple(self._measures))


@cache
def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue of a file of declarations, by default the one that ships.

    Raises ValueError naming the measure and the fault.
    """
    raw = (path or _DECLARATIONS).read_bytes()
    tables = tomllib.loads(raw.decode())
    measures = TypeAdapter(list[Measure]).validate_python(
        [{"key": key, **table} for key, table in tables.items()]
    )
    known = {measure.key: measure for measure in measures}
    for measure in measures:
        for read in measure.made_of:
            if read not in known or (measure.derived is not None and known[read].derived is not None):
                raise ValueError(
                    f"{measure.key} is derived from {read}, which is not a measure with cells of its own"
                )
    known |= {key: _with_wholes(_with_people(measure, known), known) for key, measure in known.items()}
    return Catalogue(known, digest=hashlib.sha256(raw).hexdigest()[:16])


def _with_people(measure: Measure, known: Mapping[str, Measure]) -> Measure:
    if measure.people in {None, "denominator"}:
        return measure
    people = known.get(str(measure.people))
    if people is None or people.kind != "count" or people.behind is not None or people.derived is not None:
        raise ValueError(
            f"{measure.key} has its people from {measure.people}, which is not a count of people"
        )
    return measure.model_copy(update={"counted": people})


def _with_wholes(measure: Measure, known: Mapping[str, Measure]) -> Measure:
    if measure.derived is None:
        return measure
    wholes = tuple(known[part.measure] for part in measure.derived.denominators)
    reads = tuple(known[key] for key in measure.made_of)
    return measure.model_copy(update={"wholes": wholes, "reads": reads})
