"""From a resource to a measurement as `POST /v1/measurements` takes it, and each fault back to where the resource has it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from services.outcomes.fhir import codes
from services.outcomes.fhir.schemas import (
    ObservationResource,
    ObservedPart,
    QuestionnaireResponseResource,
    ResponseAnswer,
    ResponseItem,
)
from services.outcomes.instruments.declarations import Band, Instrument, Instruments
from services.outcomes.measurements.schemas import MeasurementRequest
from shared.fhir.datatypes import (
    EXTENSIONS,
    NHS_NUMBER,
    ODS_CODE,
    CodeableConcept,
    Extension,
    Quantity,
    Reference,
)
from shared.http.dates import parse_date, parse_instant
from shared.http.validation import field_errors
from shared.months import london_day
from shared.problems import FieldError, Invalid

_FINAL: Final = ("final", "amended", "corrected", "completed")
_DAY: Final = 10  # of "2026-06-20"


@dataclass(slots=True)
class Draft:
    """A measurement that is being read. members: of the measurement.   places: a pointer there → the pointer of the resource."""

    members: dict[str, Any] = field(default_factory=lambda: {"person": {}})
    places: dict[str, str] = field(default_factory=dict)
    faults: list[FieldError] = field(default_factory=list)

    def put(self, name: str, value: Any, place: str) -> None:
        """Set a member, or `person/…`, that stood at a place of the resource."""
        above, _, below = name.rpartition("/")
        (self.members[above] if above else self.members)[below] = value
        self.places[f"/{name}"] = place

    def fault(self, code: str, place: str, detail: str) -> None:
        """Something that is wrong before there is a measurement."""
        self.faults.append(FieldError(code, place, detail))

    def place_of(self, pointer: str) -> str:
        """Where the resource has what a fault of the measurement points to."""
        above = pointer
        while above:
            if above in self.places:
                return self.places[above]
            above = above.rpartition("/")[0]
        return ""

    def told(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Faults of the measurement as faults of the resource."""
        return [replace(error, pointer=self.place_of(error.pointer)) for error in errors]

    def request(self, *, now: datetime) -> MeasurementRequest:
        """The measurement. Raises Invalid, with places of the resource."""
        if self.faults:
            raise Invalid(errors=self.faults)
        try:
            return MeasurementRequest.model_validate(self.members, strict=True, context={"now": now})
        except ValidationError as error:
            findings = error.errors(include_url=False, include_context=False)
        # Outside the handler, so that the findings (with the values) are not chained to what is logged.
        raise Invalid(errors=self.told(field_errors(findings)))


def draft_of_observation(resource: ObservationResource, instruments: Instruments) -> Draft:
    """What an Observation says. Raises Invalid where its instrument is not known."""
    instrument, band = _instrument_of(resource.code, instruments)
    draft = Draft()
    _common(draft, resource.status, resource.subject, resource.extension)
    draft.put("instrument", instrument.key, "/code")
    _day(draft, resource.effective_date_time, "/effectiveDateTime")
    for number, performer in enumerate(resource.performer):
        _performer(draft, performer, f"/performer/{number}")
    _value(draft, resource, instrument, band)
    _parts(draft, resource.component, instrument)
    return draft


def draft_of_response(resource: QuestionnaireResponseResource, instruments: Instruments) -> Draft:
    """What a QuestionnaireResponse says. Raises Invalid where its instrument is not known."""
    canonical = (resource.questionnaire or "").partition("|")[0]
    instrument = instruments.get(canonical.removeprefix(codes.QUESTIONNAIRE))
    if not canonical.startswith(codes.QUESTIONNAIRE) or instrument is None:
        detail = f"Name {codes.QUESTIONNAIRE} and the key of an instrument."
        raise Invalid.one("code.unknown", "/questionnaire", detail)
    draft = Draft()
    _common(draft, resource.status, resource.subject, resource.extension)
    draft.put("instrument", instrument.key, "/questionnaire")
    _day(draft, resource.authored, "/authored")
    if resource.author is not None:
        _performer(draft, resource.author, "/author")
    _answers(draft, list(_flat(resource.item, "")), instrument)
    return draft


def _common(draft: Draft, status: str, subject: Reference | None, extensions: Sequence[Extension]) -> None:
    if status not in _FINAL:
        draft.fault(
            "code.invalid", "/status", "Only what is final is recorded, or amended, corrected or completed."
        )
    place = "/subject/identifier"
    identifier = None if subject is None else subject.identifier
    if identifier is None or identifier.system != NHS_NUMBER:
        detail = f"The subject is named by an identifier of {NHS_NUMBER}."
        draft.fault("nhs_number.required", place, detail)
    else:
        draft.put("person/nhs_number", identifier.value, f"{place}/value")
    draft.places |= {f"/{member}": "/extension" for member in codes.MEMBERS.values()}
    draft.places |= {"/score": "/valueQuantity", "/value": "/valueQuantity", "/unit": "/valueQuantity"}
    for number, extension in enumerate(extensions):
        if extension.url.startswith(EXTENSIONS):
            _extension(draft, extension, f"/extension/{number}")


def _extension(draft: Draft, extension: Extension, place: str) -> None:
    name = extension.url.removeprefix(EXTENSIONS)
    member = codes.MEMBERS.get(name)
    if member is None:
        draft.fault("code.unknown", f"{place}/url", f"The extensions are {', '.join(codes.MEMBERS)}.")
        return
    quantity = extension.value_quantity
    value: Any = extension.text
    if name == codes.BIRTH_YEAR:
        value = extension.value_integer
    if name == codes.TARGET:
        value = None if quantity is None else _number(quantity.value)
    if value is None:
        draft.fault("body.required", place, f"{name} has no value of its kind.")
    elif draft.places.get(f"/{member}", "").startswith("/extension/"):
        draft.fault("code.invalid", place, f"{name} is given twice.")
    else:
        draft.put(member, value, place)


def _day(draft: Draft, text: str | None, place: str) -> None:
    """A day as it is written; of an instant the day that it was in England."""
    draft.places["/taken_on"] = place
    if text is None:
        return
    try:
        day: date = parse_date(text) if len(text) <= _DAY else london_day(parse_instant(text))
    except PydanticCustomError as wrong:
        draft.fault(wrong.type, place, wrong.message())
        return
    draft.put("taken_on", day.isoformat(), place)


def _performer(draft: Draft, performer: Reference, place: str) -> None:
    identifier = performer.identifier
    if identifier is not None and identifier.system == ODS_CODE and "practice" not in draft.members:
        draft.put("practice", identifier.value, f"{place}/identifier/value")


def _instrument_of(code: CodeableConcept, instruments: Instruments) -> tuple[Instrument, Band | None]:
    """The instrument that the codings name, and the band where the code is that of one. Raises Invalid."""
    if not code.coding:
        raise Invalid.one("body.required", "/code/coding", "Name the instrument by a coding.")
    found = [one for coding in code.coding for one in codes.meant_by(instruments, coding.system, coding.code)]
    keys = {instrument.key for instrument, _ in found}
    if len(keys) > 1:
        detail = f"The codings name several instruments: add one of {codes.INSTRUMENT}."
        named = [one for one in code.coding if one.system == codes.INSTRUMENT]
        found = [one for coding in named for one in codes.meant_by(instruments, coding.system, coding.code)]
        if len({instrument.key for instrument, _ in found}) != 1:
            raise Invalid.one("code.invalid", "/code/coding", detail)
    if not found:
        known = any(codes.is_known_system(one.system) for one in code.coding)
        detail = f"Name the instrument by {codes.INSTRUMENT}, or by its SNOMED CT code."
        raise Invalid.one("code.unknown" if known else "code.system_unknown", "/code/coding", detail)
    return found[0][0], next((band for _, band in found if band is not None), None)


def _value(draft: Draft, resource: ObservationResource, instrument: Instrument, band: Band | None) -> None:
    """The value of an Observation, as the instrument's kind has it."""
    quantity = resource.value_quantity
    place = "/valueQuantity/value"
    if quantity is None and resource.value_integer is not None:
        quantity, place = Quantity(value=Decimal(resource.value_integer)), "/valueInteger"
    concept = resource.value_codeable_concept
    if instrument.kind == "answer":
        _answered(draft, concept, resource.value_string)
    elif instrument.kind in ("external", "value"):
        named = band if concept is None else _band_of(instrument, concept)
        if quantity is not None:
            _measured(draft, quantity, instrument, place)
        elif named is not None and named.from_ == named.to:
            only = Quantity(value=named.from_)
            _measured(draft, only, instrument, "/code" if concept is None else "/valueCodeableConcept")
        elif concept is not None:
            draft.fault("code.unknown", "/valueCodeableConcept", "The code is no level that has one value.")


def _band_of(instrument: Instrument, concept: CodeableConcept) -> Band | None:
    found = (codes.band_meant(instrument, one.system, one.code) for one in concept.coding)
    return next((band for band in found if band is not None), None)


def _measured(draft: Draft, quantity: Quantity, instrument: Instrument, place: str) -> None:
    if quantity.comparator is not None:
        draft.fault(
            "code.invalid", "/valueQuantity/comparator", "A value is measured, not less or more than it."
        )
        return
    if instrument.kind == "external":
        draft.put("score", _number(quantity.value), place)
        return
    draft.put("value", _number(quantity.value), place)
    units = [one.key for one in instrument.units]
    unit = next(
        (one for one in (quantity.code, quantity.unit) if one in units), quantity.unit or quantity.code
    )
    if unit is None and len(units) == 1:
        unit = units[0]
    draft.put("unit", unit, "/valueQuantity/unit" if place.startswith("/valueQuantity") else place)


def _answered(draft: Draft, concept: CodeableConcept | None, text: str | None) -> None:
    answer = (
        next((one.code for one in concept.coding if one.system == codes.ANSWER), None) if concept else text
    )
    place = "/valueString" if concept is None else "/valueCodeableConcept"
    draft.put("answer", answer, place)


def _number(value: Decimal | None) -> int | float | None:
    """A number as JSON has it, so that a measurement by either door is the same."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _parts(draft: Draft, components: Sequence[ObservedPart], instrument: Instrument) -> None:
    """The components of an Observation: items, parts, concerns, and the level that a licensed tool reported."""
    draft.places |= {
        f"/{name}": "/component" for name in ("items", "state", "vas", "concerns", "wellbeing", "counts")
    }
    told_by_us = {codes.METRIC, instrument.also and instrument.also.key}
    named: list[_Answered] = []
    for number, component in enumerate(components):
        place = f"/component/{number}"
        for coding in component.code.coding:
            integer, text = component.value_integer, component.value_string
            if component.value_quantity is not None and integer is None:
                integer = _whole(component.value_quantity.value)
            if codes.is_level(instrument, coding.system, coding.code):
                draft.put("level_as_reported", integer, place)
            elif coding.system == codes.ITEM and coding.code is not None:
                named.append(_Answered(coding.code, integer, None, place))
            elif coding.system == codes.CONCERN and coding.code is not None:
                named.append(_Answered(f"concern:{coding.code}", integer, None, place))
            elif coding.system == codes.PART and coding.code and coding.code not in told_by_us:
                named.append(_Answered(coding.code, integer, text, place))
    _sort_in(draft, named, instrument)


def _whole(value: Decimal | None) -> int | None:
    return int(value) if value is not None and value == value.to_integral_value() else None


@dataclass(frozen=True, slots=True)
class _Answered:
    """One answer of either resource, by the name of what it answers."""

    name: str
    integer: int | None
    text: str | None
    place: str


def _flat(items: Sequence[ResponseItem], above: str) -> Iterator[tuple[ResponseItem, str]]:
    """Every item with its place, those of groups too."""
    for number, item in enumerate(items):
        place = f"{above}/item/{number}"
        yield item, place
        yield from _flat(item.item, place)


def _answers(draft: Draft, items: Sequence[tuple[ResponseItem, str]], instrument: Instrument) -> None:
    members = ("items", "answer", "state", "vas", "concerns", "wellbeing", "counts", "score", "value", "unit")
    draft.places |= {f"/{name}": "/item" for name in members}
    named = []
    for item, place in items:
        if len(item.answer) > 1:
            draft.fault("list.too_long", f"{place}/answer", "An item has one answer.")
        if item.answer:
            first = item.answer[0]
            named.append(_Answered(item.link_id, first.value_integer, _text(first), f"{place}/answer/0"))
    if instrument.kind == "answer":
        for one in named:
            if one.name in ("1", "answer"):
                draft.put("answer", one.text, one.place)
        return
    _sort_in(draft, named, instrument)


def _text(answer: ResponseAnswer) -> str | None:
    coded = (answer.value_coding or {}).get("code")
    return coded if isinstance(coded, str) else answer.value_string


def _sort_in(draft: Draft, answers: Sequence[_Answered], instrument: Instrument) -> None:
    """Put answers where the instrument's kind has them. Of a name that comes twice the second is a fault."""
    seen: set[str] = set()
    for one in answers:
        if one.name in seen:
            draft.fault("code.invalid", one.place, "This is answered twice.")
        seen.add(one.name)
    by_name = {one.name: one for one in answers}
    match instrument.kind:
        case "items":
            _items(draft, answers, instrument)
        case "state":
            _state(draft, by_name, instrument)
        case "concerns":
            _concerns(draft, answers, by_name)
        case "counts":
            levels = [one for one in answers if one.integer is not None]
            if levels:
                draft.put("counts", {one.name: one.integer for one in levels}, levels[0].place)
                draft.places |= {f"/counts/{one.name}": one.place for one in levels}
        case _:
            pass


def _items(draft: Draft, answers: Sequence[_Answered], instrument: Instrument) -> None:
    """Items in the order of their numbers. One that is missing leaves the list short, which the measurement refuses."""
    count = 0 if instrument.items is None else instrument.items.count
    numbered: dict[int, _Answered] = {}
    for one in answers:
        number = int(one.name) if one.name.isascii() and one.name.isdigit() and len(one.name) < 4 else 0  # noqa: PLR2004
        if not 1 <= number <= count:
            draft.fault(
                "code.unknown", one.place, f"The items of {instrument.key} are numbered from 1 to {count}."
            )
        elif one.integer is None:
            draft.fault("number.required", one.place, "An item is answered with a whole number.")
        else:
            numbered[number] = one
    if not numbered or draft.faults:
        return
    missing = [number for number in range(1, count + 1) if number not in numbered]
    if missing:
        told = ", ".join(map(str, missing))
        draft.fault(
            "body.required", draft.places["/items"], f"Every item must be answered; there is none of {told}."
        )
        return
    draft.put("items", [numbered[number].integer for number in sorted(numbered)], draft.places["/items"])
    draft.places |= {f"/items/{number - 1}": one.place for number, one in numbered.items()}


def _state(draft: Draft, answers: dict[str, _Answered], instrument: Instrument) -> None:
    """A state is given whole, or dimension by dimension."""
    dimensions = () if instrument.state is None else instrument.state.dimensions
    if "state" in answers:
        draft.put("state", answers["state"].text, answers["state"].place)
    elif all(one in answers and answers[one].integer is not None for one in dimensions):
        draft.put(
            "state", "".join(str(answers[one].integer) for one in dimensions), answers[dimensions[0]].place
        )
    if "vas" in answers:
        draft.put("vas", answers["vas"].integer, answers["vas"].place)


def _concerns(draft: Draft, answers: Sequence[_Answered], by_name: dict[str, _Answered]) -> None:
    concerns = [one for one in answers if one.name.startswith("concern:")]
    if concerns:
        listed = [{"code": one.name.removeprefix("concern:"), "score": one.integer} for one in concerns]
        draft.put("concerns", listed, concerns[0].place)
        draft.places |= {f"/concerns/{number}": one.place for number, one in enumerate(concerns)}
    if "wellbeing" in by_name:
        draft.put("wellbeing", by_name["wellbeing"].integer, by_name["wellbeing"].place)
