"""The codes and extensions by which FHIR names what a measurement has. Pure; `metadata` documents them."""

from collections.abc import Mapping
from typing import Final

from services.outcomes.instruments.declarations import Band, Instrument, Instruments
from shared.fhir.datatypes import EXTENSIONS, SNOMED

INSTRUMENT: Final = f"{EXTENSIONS}CodeSystem/instrument"
"""Which instrument: the keys of `GET /v1/instruments`."""
ITEM: Final = f"{EXTENSIONS}CodeSystem/item"
"""An item by its number, from 1: no wording is shipped."""
PART: Final = f"{EXTENSIONS}CodeSystem/part"
"""A part of a measurement: state, vas, wellbeing, a level of events; in answers metric-score and percent too."""
METRIC: Final = "metric-score"
CONCERN: Final = f"{EXTENSIONS}CodeSystem/concern"
"""A person's own concern, by the code that its author gave it."""
ANSWER: Final = f"{EXTENSIONS}CodeSystem/answer"
BAND: Final = f"{EXTENSIONS}CodeSystem/band"
QUESTIONNAIRE: Final = f"{EXTENSIONS}Questionnaire/"
"""Before an instrument's key, the canonical address that a QuestionnaireResponse names."""
PSEUDONYM: Final = f"{EXTENSIONS}Id/pseudonym"

TEXTS: Final[Mapping[str, str]] = {
    "icc": "the community, as `icc` of `POST /v1/measurements`; without it the practice, or that of the token, decides",
    "occasion": "`first`, `repeat` or `follow-up`; always needed",
    "edition": "of an instrument with editions (PAM): `2010` or `current`; there is no default",
    "episode": "within which first and repeats belong together; without it the 24 months since the last first",
    "programme": "the key of a programme",
    "practice": "the practice that is named in the measurement; a performer's ODS code says the same",
    "mode": "`self`, `interviewer` or `proxy`",
}
"""Extensions whose value is a `valueCode` or a `valueString`."""
TARGET, BIRTH_YEAR = "target", "birth-year"
MEMBERS: Final[Mapping[str, str]] = {
    **{name: name for name in TEXTS},
    TARGET: "target",
    BIRTH_YEAR: "person/birth_year",
}
"""Extension → the member of a measurement that it is."""
DOCUMENTED: Final[Mapping[str, str]] = {
    **TEXTS,
    TARGET: "the person's own target, as a `valueQuantity` in the unit of the value",
    BIRTH_YEAR: "a `valueInteger`, compared with the instrument's minimum age and not kept",
}


def meant_by(
    instruments: Instruments, system: str | None, code: str | None
) -> list[tuple[Instrument, Band | None]]:
    """The instruments that a code of an Observation may mean, and the band where it names one."""
    if system == INSTRUMENT:
        found = instruments.get(code or "")
        return [] if found is None else [(found, None)]
    return [
        (instrument, _band(instrument, one.band))
        for instrument in instruments
        for one in instrument.codes
        if (one.system, one.code) == (system, code) and (one.of == "score" or one.band is not None)
    ]


def band_meant(instrument: Instrument, system: str | None, code: str | None) -> Band | None:
    """The band of an instrument that a code names: by its key, or by a terminology's code."""
    if system == BAND:
        return _band(instrument, code)
    keys = (one.band for one in instrument.codes if (one.system, one.code) == (system, code))
    return _band(instrument, next(keys, None))


def is_level(instrument: Instrument, system: str | None, code: str | None) -> bool:
    """Whether a code stands for the level that a licensed tool reports, whichever it is."""
    return any(
        one.of == "band" and one.band is None and (one.system, one.code) == (system, code)
        for one in instrument.codes
    )


def _band(instrument: Instrument, key: str | None) -> Band | None:
    return next((band for one in instrument.band_sets for band in one.bands if band.key == key), None)


def is_known_system(system: str | None) -> bool:
    """Whether codes of a system are looked at."""
    return system in (SNOMED, INSTRUMENT)
