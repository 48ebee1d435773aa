"""The capability statement of this door."""

from typing import Any, Final

from services.outcomes.fhir import codes
from services.outcomes.fhir.schemas import MOST_FOUND
from shared.fhir.capabilities import Offered, capability_statement
from shared.fhir.datatypes import EXTENSIONS, NHS_NUMBER, ODS_CODE

_EXTENSIONS: Final = "\n".join(
    f"- `{EXTENSIONS}{name}`: {meaning}" for name, meaning in codes.DOCUMENTED.items()
)
_DOCUMENTATION: Final = f"""\
Measurements of people, as `POST /v1/measurements` takes them: scored by their instrument, never imputed. The NHS number
({NHS_NUMBER}) becomes a pseudonym ({codes.PSEUDONYM}) before anything is stored, and is given back by no answer.

Extensions of both resources:

{_EXTENSIONS}

Without an ICC the practice decides: a performer (or author) with an ODS code ({ODS_CODE}), else the token's.

An Idempotency-Key, If-None-Exist or the resource's own identifier makes a repeat the same. Problems are OperationOutcomes
with the platform's code in `details`. Search is by POST alone, for an NHS number must not stand in an address.
"""
_OBSERVATION: Final = f"""\
`code` names the instrument: by {codes.INSTRUMENT} and a key of `GET /v1/instruments`, or by SNOMED CT (PAM-13 score 925431000000109,
HbA1c 999791000000106, each level of the Clinical Frailty Scale). The value: `valueQuantity` with its unit (mmol/mol, %, deficits, score, level, seconds, falls) or
`valueInteger`; `valueCodeableConcept` of {codes.ANSWER} for a question with answers, or of a level that has one value. Components: items by
{codes.ITEM} and their number; state, vas, wellbeing and levels of events by {codes.PART}; own concerns by {codes.CONCERN}; the level that a
licensed tool reported by SNOMED CT 962851000000103. `status` is final, amended or corrected; what was corrected since is answered as entered-in-error.
"""
_RESPONSE: Final = f"""\
`questionnaire` is {codes.QUESTIONNAIRE} and the instrument's key. Link ids: items by their number from 1 (`valueInteger`); `1` with `valueCoding` for a question with
answers; `state`, or each dimension, and `vas`; `concern:` with its code; `wellbeing`; each level of events. `authored` is the day of the measurement.
"""
_SEARCHED: Final = {
    "subject:identifier": "token",
    "patient:identifier": "token",
    "code": "token",
    "_count": "number",
}


def statement(base: str) -> dict[str, Any]:
    """The statement of the door at an address."""
    interactions = ("create", "read", "search-type")
    searched = f"POST _search with `subject:identifier`; at most {MOST_FOUND} are found, the latest first."
    return capability_statement(
        title="ICC platform: outcomes",
        version="1",
        base=base,
        documentation=_DOCUMENTATION,
        resources=[
            Offered("Observation", interactions, _SEARCHED, f"{_OBSERVATION}\n{searched}"),
            Offered("QuestionnaireResponse", interactions, _SEARCHED, f"{_RESPONSE}\n{searched}"),
        ],
    )
