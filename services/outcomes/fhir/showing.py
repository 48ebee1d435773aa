"""From a measurement that is stored to the resources that say it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.outcomes.fhir import codes
from services.outcomes.instruments.declarations import Instrument
from services.outcomes.measurements.answers import scored
from shared.fhir.datatypes import EXTENSIONS, ODS_CODE, SNOMED, UNITS
from shared.registry.names import is_practice_code

OBSERVATIONS: Final = "/FHIR/R4/Observation"
RESPONSES: Final = "/FHIR/R4/QuestionnaireResponse"
RESPONDED: Final = ("items", "answer", "state", "concerns", "counts")
"""The kinds of instruments that people answer: they can be read as a QuestionnaireResponse too."""
_UCUM: Final = ("mmol/mol", "%", "s")
Row = Mapping[str, Any]


def observation(row: Row, instrument: Instrument) -> dict[str, Any]:
    """A measurement as an Observation: its score, its band, and everything that was answered as components."""
    told = scored(instrument, row, None)
    shown: dict[str, Any] = {
        **_head(row, "Observation"),
        "status": _status(row, "final"),
        "code": {"coding": list(_codings(instrument)), "text": instrument.title},
        "effectiveDateTime": row["taken_on"].isoformat(),
        "performer": _performers(row),
        **_value(row, instrument, told),
        "interpretation": list(_interpretation(row, instrument)),
        "component": list(_components(row, instrument, told)),
    }
    if instrument.kind in RESPONDED:
        shown["derivedFrom"] = [{"reference": f"QuestionnaireResponse/{row['id']}"}]
    return shown


def questionnaire_response(row: Row, instrument: Instrument) -> dict[str, Any]:
    """A measurement as the answers to its questionnaire."""
    shown = {
        **_head(row, "QuestionnaireResponse"),
        "questionnaire": f"{codes.QUESTIONNAIRE}{instrument.key}",
        "status": _status(row, "completed"),
        "authored": row["taken_on"].isoformat(),
        "item": [{"linkId": name, "answer": [answer]} for name, answer in _answers(row, instrument)],
    }
    if performers := _performers(row):
        shown["author"] = performers[0]
    return shown


def _head(row: Row, kind: str) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": str(row["id"]),
        "meta": {"lastUpdated": row["recorded_at"]},
        "extension": list(_extensions(row)),
        "subject": {"type": "Patient", "identifier": {"system": codes.PSEUDONYM, "value": row["person"]}},
    }


def _status(row: Row, usual: str) -> str:
    """A measurement that was corrected says so itself; the correction is an amended one."""
    if row["superseded_by"] is not None:
        return "entered-in-error"
    return "amended" if row["supersedes"] is not None else usual


def _extensions(row: Row) -> Iterator[dict[str, Any]]:
    for name in codes.TEXTS:
        if row.get(name) is not None:
            kind = "valueString" if name in ("episode", "programme") else "valueCode"
            yield {"url": f"{EXTENSIONS}{name}", kind: row[name]}
    if row["target"] is not None:
        yield {"url": f"{EXTENSIONS}{codes.TARGET}", "valueQuantity": {"value": row["target"].normalize()}}


def _performers(row: Row) -> list[dict[str, Any]]:
    """The practice that is named, else the one that sent it."""
    practice = row["practice"] or row["sent_by"]
    if not is_practice_code(practice):
        return []
    return [{"type": "Organization", "identifier": {"system": ODS_CODE, "value": practice}}]


def _codings(instrument: Instrument) -> Iterator[dict[str, str]]:
    yield {"system": codes.INSTRUMENT, "code": instrument.key, "display": instrument.title}
    for one in instrument.codes:
        if one.of == "score":
            yield {"system": one.system, "code": one.code}


def _value(row: Row, instrument: Instrument, told: Mapping[str, Any]) -> dict[str, Any]:
    if instrument.kind == "answer":
        return {
            "valueCodeableConcept": {"coding": [{"system": codes.ANSWER, "code": row["given"]["answer"]}]}
        }
    if told["score"] is None:
        return {}
    return {
        "valueQuantity": _quantity(told["score"], instrument.units[0].key if instrument.units else "points")
    }


def _quantity(value: float, unit: str) -> dict[str, Any]:
    quantity: dict[str, Any] = {"value": value, "unit": unit}
    return quantity | ({"system": UNITS, "code": unit} if unit in _UCUM else {})


def _interpretation(row: Row, instrument: Instrument) -> Iterator[dict[str, Any]]:
    """The band, in our words and in a terminology's where it has one."""
    if row["band"] is None:
        return
    named = [one for one in instrument.codes if one.of == "band" and one.band == row["band"]]
    coded = [{"system": one.system, "code": one.code} for one in named]
    yield {"coding": [{"system": codes.BAND, "code": row["band"]}, *coded], "text": row["band"]}


def _components(row: Row, instrument: Instrument, told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "metric_score" in told:
        yield _part(codes.PART, codes.METRIC, valueQuantity={"value": told["metric_score"]})
    if instrument.also is not None and told.get(instrument.also.key) is not None:
        also = instrument.also
        yield _part(codes.PART, also.key, valueQuantity=_quantity(told[also.key], also.unit))
    if row["reported_level"] is not None:
        level = next((one for one in instrument.codes if one.of == "band" and one.band is None), None)
        system, code = (SNOMED, level.code) if level else (codes.PART, "level")
        yield _part(system, code, valueInteger=row["reported_level"])
    for name, answer in _answers(row, instrument):
        if instrument.kind != "answer":
            system = codes.ITEM if instrument.kind == "items" else codes.PART
            if name.startswith("concern:"):
                system, name = codes.CONCERN, name.removeprefix("concern:")  # noqa: PLW2901 -- the code of a concern
            yield _part(system, name, **answer)


def _part(system: str, code: str, **value: Any) -> dict[str, Any]:
    return {"code": {"coding": [{"system": system, "code": code}]}, **value}


def _answers(row: Row, instrument: Instrument) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was answered, by the names under which it can be sent."""
    given = row["given"]
    for number, item in enumerate(given.get("items", ()), start=1):
        yield str(number), {"valueInteger": item}
    if "answer" in given:
        yield "1", {"valueCoding": {"system": codes.ANSWER, "code": given["answer"]}}
    if instrument.state is not None:
        yield "state", {"valueString": given["state"]}
        yield "vas", {"valueInteger": given["vas"]}
    for concern in given.get("concerns", ()):
        yield f"concern:{concern['code']}", {"valueInteger": concern["score"]}
    if "wellbeing" in given:
        yield "wellbeing", {"valueInteger": given["wellbeing"]}
    for level, count in given.get("counts", {}).items():
        yield level, {"valueInteger": count}
