"""What somebody filled in of a measurement, as the body that the interface takes. What was left empty was not said. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.outcomes.instruments.declarations import Instrument
from shared.problems import FieldError

Form = Mapping[str, str]
ROWS_OF_CONCERNS: Final = 2
"""Concerns that the form has room for; the interface takes more."""
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_NUMBERS: Final = ("score", "level_as_reported", "value", "target", "vas", "wellbeing")
_WORDS: Final = ("taken_on", "occasion", "mode", "icc", "edition", "unit", "answer")
_NAMES: Final = {"pain-discomfort": "Pain or discomfort", "anxiety-depression": "Anxiety or depression"}
_SAID: Final[Mapping[str, str]] = {
    "/person/nhs_number": "Give the ten digits of the NHS number.",
    "/taken_on": "Give the day of the measurement, not in the future.",
    "/items": "Answer every question.",
    "/state": "Choose a level of every dimension.",
    "/concerns": "Give one concern at least, with its number.",
    "/icc": "Choose the community.",
}


def measurement_said(form: Form, instrument: Instrument) -> dict[str, Any]:
    """A measurement by an instrument."""
    person: dict[str, Any] = {"nhs_number": _text(form, "person-nhs_number")}
    if year := _text(form, "person-birth_year"):
        person["birth_year"] = _number(year)
    said: dict[str, Any] = {"person": person, "instrument": instrument.key}
    said |= {name: text for name in _WORDS if (text := _text(form, name))}
    said |= {name: _number(text) for name in _NUMBERS if (text := _text(form, name))}
    return said | _answers(form, instrument)


def _answers(form: Form, instrument: Instrument) -> dict[str, Any]:
    """What instruments have several of."""
    if instrument.items is not None:
        given = (_text(form, f"items-{at}") for at in range(instrument.items.count))
        return {"items": [_number(one) for one in given if one]}
    if instrument.state is not None:
        levels = (_text(form, f"state-{one}") for one in instrument.state.dimensions)
        return {"state": "".join(levels)}
    if instrument.concerns is not None:
        rows = ((_text(form, f"concerns-{at}-{name}") for name in ("code", "score")) for at in _rows())
        begun = ((code, score) for code, score in rows if code or score)
        return {"concerns": [{"code": code, "score": _number(score)} for code, score in begun]}
    if instrument.counts is not None:
        counts = {level: _text(form, f"counts-{level}") for level in instrument.counts.levels}
        return {"counts": {level: _number(text) for level, text in counts.items() if text}}
    return {}


def _rows() -> Iterable[int]:
    return range(ROWS_OF_CONCERNS)


def fault_words(fault: FieldError) -> str:
    """What is wrong, for somebody who sees a page and no members of a body."""
    if (said := _SAID.get(fault.pointer)) is not None:
        return said
    return "Fill this in." if fault.code == "body.required" else fault.detail


def level_words(key: str) -> str:
    """A key as people read it: `some-of-the-time` is `Some of the time`."""
    return _NAMES.get(key) or key.replace("-", " ").capitalize()


def _text(form: Form, name: str) -> str:
    return form.get(name, "").strip()


def _number(text: str) -> int | float | str:
    """A number as it was written; what is none stays a text, to be refused."""
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)
