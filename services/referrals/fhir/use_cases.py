"""Which use cases are offered: the national ones of the data file, those of a conformance run, and one for each pathway."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import orjson

from services.referrals.fhir.rules import REFERRAL, UseCase
from services.referrals.pathways.catalogue import catalogue
from shared.fhir.datatypes import EXTENSIONS

FILE = Path(__file__).with_name("use_cases.json")
NATIONAL = "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars"
OWN = f"{EXTENSIONS}CodeSystem/use-case"


@cache
def offered_use_cases(tested: Iterable[str] = ()) -> Mapping[tuple[str, str], UseCase]:
    """Every use case by its system and code. tested: `a5t1:care-coordination`, of a conformance run alone.

    Raises ValueError for a pathway that there is not: a start-up failure.
    """
    rows = orjson.loads(FILE.read_bytes())["national"]
    national = [UseCase(system=NATIONAL, **row) for row in rows]
    own = [UseCase(OWN, way.key, way.title, REFERRAL, way.key, None) for way in catalogue().pathways.values()]
    cases = [*national, *(_tested(one) for one in tested), *own]
    for one in cases:
        if one.pathway not in catalogue().pathways:
            raise ValueError(f"the use case {one.code} names no pathway of the catalogue")
    return {(one.system, one.code): one for one in cases}


def _tested(text: str) -> UseCase:
    code, _, pathway = text.partition(":")
    return UseCase(NATIONAL, code, f"{code}, in a conformance run", REFERRAL, pathway, None)
