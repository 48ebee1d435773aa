"""From what was answered to a score, its metric and its band. Pure: nothing is imputed, nothing rounded that was not declared.

What an instrument does not ask is refused, and what it asks is needed whole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

from services.outcomes.instruments.declarations import Instrument, Kind, Range, Unit, rounded
from shared.problems import FieldError


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was answered, as far as it has the right types. Each instrument takes some of these and refuses the others.

    concerns: (code, score) of each.   Numbers are Decimals as they were written.
    """

    items: Sequence[int] | None = None
    score: Decimal | None = None
    edition: str | None = None
    level_as_reported: int | None = None
    value: Decimal | None = None
    unit: str | None = None
    target: Decimal | None = None
    answer: str | None = None
    state: str | None = None
    vas: int | None = None
    concerns: Sequence[tuple[str, int]] | None = None
    wellbeing: int | None = None
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A measurement as its instrument makes it.

    score: the sum, the licensed score, the deficits, whole mmol/mol; None where there is no single one.
    metric: what is compared instead of the score, where there is one.   also: the number shown beside it, under its name.
    given: what was answered, as JSON.
    """

    score: Decimal | None = None
    metric: Decimal | None = None
    band: str | None = None
    band_set: str | None = None
    edition: str | None = None
    reported_level: int | None = None
    value: Decimal | None = None
    unit: str | None = None
    target: Decimal | None = None
    given: Mapping[str, Any]


MEMBERS: Final = tuple(one.name for one in fields(Given))
_TAKEN: Final[Mapping[Kind, tuple[str, ...]]] = {
    "items": ("items",),
    "external": ("score",),
    "value": ("value", "unit"),
    "answer": ("answer",),
    "state": ("state", "vas"),
    "concerns": ("concerns", "wellbeing"),
    "counts": ("counts",),
}


def asked(instrument: Instrument) -> tuple[str, ...]:
    """The members that an answer to the instrument needs."""
    return (*_TAKEN[instrument.kind], *(("edition",) if instrument.editions else ()))


def taken(instrument: Instrument) -> frozenset[str]:
    """The members that an answer to the instrument may have."""
    optional = {"level_as_reported": instrument.reports_level, "target": instrument.takes_target}
    return frozenset(asked(instrument)) | {name for name, may in optional.items() if may}


def score(instrument: Instrument, given: Given) -> tuple[Scored | None, list[FieldError]]:
    """The measurement, or every fault of what was answered with its pointer."""
    faults = [*_member_faults(instrument, given)]
    if faults:
        return None, faults
    faults = [*_CHECKS[instrument.kind](instrument, given), *_edition_faults(instrument, given)]
    if faults:
        return None, faults
    return _scored(instrument, given), []


def _member_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    needed, allowed = asked(instrument), taken(instrument)
    for name in MEMBERS:
        present = getattr(given, name) is not None
        if present and name not in allowed:
            detail = f"{instrument.key} is answered with {', '.join(needed)}."
            yield FieldError("body.unknown_field", f"/{name}", detail)
        elif not present and name in needed:
            yield FieldError(
                "body.required", f"/{name}", f"{instrument.key} needs `{name}`.{_hint(instrument, name)}"
            )


def _hint(instrument: Instrument, name: str) -> str:
    if name == "unit":
        return f" It is one of {', '.join(one.key for one in instrument.units)}, and is never guessed."
    if name == "edition":
        return f" It is one of {', '.join(instrument.editions)}; there is no default."
    return ""


def _item_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    items, answered = instrument.items, given.items
    if items is None or answered is None:
        return
    if len(answered) != items.count:
        code = "list.too_long" if len(answered) > items.count else "body.required"
        detail = (
            f"{instrument.key} has {items.count} items, and every one must be answered: nothing is filled in."
        )
        yield FieldError(code, "/items", detail)
    for index, item in enumerate(answered[: items.count]):
        if not items.low <= item <= items.high:
            detail = f"An item is a whole number from {items.low} to {items.high}."
            yield FieldError("number.range", f"/items/{index}", detail)


def _score_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    if instrument.range is not None and given.score is not None:
        yield from _range_faults(instrument.range, given.score, "/score")
    level = given.level_as_reported
    if level is not None and not 1 <= level <= len(instrument.band_sets[0].bands):
        detail = f"A level is a whole number from 1 to {len(instrument.band_sets[0].bands)}."
        yield FieldError("number.range", "/level_as_reported", detail)


def _value_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    unit = instrument.unit(given.unit or "")
    if unit is None or given.value is None:
        yield FieldError("enum", "/unit", f"The units are {', '.join(one.key for one in instrument.units)}.")
        return
    yield from _range_faults(unit, given.value, "/value")
    if given.target is not None:
        yield from _range_faults(unit, given.target, "/target")


def _range_faults(legal: Range, value: Decimal, pointer: str) -> Iterator[FieldError]:
    # The range comes first: of a number like 1e300 no remainder can be taken.
    if not legal.holds(value):
        yield FieldError("number.range", pointer, f"This lies from {legal.low} to {legal.high}.")
    elif legal.whole and value % 1:
        yield FieldError("number.integer_required", pointer, "This must be a whole number.")
    elif not legal.on_step(value):
        yield FieldError("number.range", pointer, f"This goes in steps of {legal.step}.")


def _answer_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    if given.answer not in instrument.answers:
        yield FieldError("enum", "/answer", f"The answers are {', '.join(instrument.answers)}.")


def _state_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    state, vas = instrument.state, instrument.vas
    if state is None or vas is None or given.state is None or given.vas is None:
        return
    levels = "".join(map(str, range(state.low, state.high + 1)))
    if len(given.state) != len(state.dimensions) or set(given.state) - set(levels):
        detail = f"A state is {len(state.dimensions)} digits, each from {state.low} to {state.high}."
        yield FieldError("code.invalid", "/state", detail)
    if not vas.low <= given.vas <= vas.high:
        yield FieldError("number.range", "/vas", f"The scale goes from {vas.low} to {vas.high}.")


def _concern_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    scale, concerns = instrument.concerns, given.concerns
    if scale is None or concerns is None or given.wellbeing is None:
        return
    if not concerns:
        yield FieldError("body.required", "/concerns", "There is one concern at least.")
    if len(concerns) > scale.most:
        yield FieldError("list.too_long", "/concerns", f"There are at most {scale.most} concerns.")
    detail = f"This is a whole number from {scale.low} to {scale.high}."
    for index, (code, number) in enumerate(concerns[: scale.most]):
        if not scale.low <= number <= scale.high:
            yield FieldError("number.range", f"/concerns/{index}/score", detail)
        if any(code == earlier for earlier, _ in concerns[:index]):
            yield FieldError("code.invalid", f"/concerns/{index}/code", "Each concern has a code of its own.")
    if not scale.low <= given.wellbeing <= scale.high:
        yield FieldError("number.range", "/wellbeing", detail)


def _count_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    declared, counts = instrument.counts, given.counts
    if declared is None or counts is None:
        return
    for level, count in counts.items():
        if level not in declared.levels:
            detail = f"The levels are {', '.join(declared.levels)}."
            yield FieldError("body.unknown_field", f"/counts/{level}", detail)
        elif not 0 <= count <= declared.most:
            detail = f"A count is a whole number from 0 to {declared.most}."
            yield FieldError("number.range", f"/counts/{level}", detail)
    for level in declared.levels:
        if level not in counts and level not in declared.optional:
            yield FieldError("body.required", f"/counts/{level}", "Give 0 where there was none.")


def _edition_faults(instrument: Instrument, given: Given) -> Iterator[FieldError]:
    if given.edition is not None and given.edition not in instrument.editions:
        detail = f"The editions are {', '.join(instrument.editions)}; there is no default."
        yield FieldError("enum", "/edition", detail)


_CHECKS: Final[Mapping[Kind, Callable[[Instrument, Given], Iterator[FieldError]]]] = {
    "items": _item_faults,
    "external": _score_faults,
    "value": _value_faults,
    "answer": _answer_faults,
    "state": _state_faults,
    "concerns": _concern_faults,
    "counts": _count_faults,
}


def _scored(instrument: Instrument, given: Given) -> Scored:
    """The measurement of an answer without faults."""
    unit = instrument.unit(given.unit or "")
    total = _total(instrument, given, unit)
    metric = None if total is None or instrument.metric is None else instrument.metric.of(total)
    bands = instrument.default_band_set(given.edition)
    named = bands is not None and total is not None
    return Scored(
        score=total,
        metric=metric,
        band=instrument.band_of(bands, score=total, metric=metric) if bands and total is not None else None,
        band_set=bands.key if named and bands else None,
        edition=given.edition,
        reported_level=given.level_as_reported,
        value=given.value,
        unit=given.unit,
        target=None
        if given.target is None or unit is None
        else unit.score_of(given.target, instrument.decimals),
        given=_as_json(given),
    )


def _total(instrument: Instrument, given: Given, unit: Unit | None) -> Decimal | None:
    if given.items is not None:
        return Decimal(sum(given.items))
    if given.score is not None:
        return rounded(given.score, instrument.decimals)
    if given.value is not None and unit is not None:
        return unit.score_of(given.value, instrument.decimals)
    if given.counts is not None:
        return Decimal(sum(given.counts.values()))
    return None if given.vas is None else Decimal(given.vas)


def _as_json(given: Given) -> dict[str, Any]:
    """What is kept of the answers beside the score."""
    kept: dict[str, Any] = {
        "items": None if given.items is None else list(given.items),
        "answer": given.answer,
        "state": given.state,
        "vas": given.vas,
        "concerns": given.concerns and [{"code": code, "score": number} for code, number in given.concerns],
        "wellbeing": given.wellbeing,
        "counts": None if given.counts is None else dict(given.counts),
    }
    return {name: value for name, value in kept.items() if value is not None}
