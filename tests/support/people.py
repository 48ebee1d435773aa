"""Invented people: names of no one, NHS numbers of the test range."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

BIRTH_DATE = "1938-02-11"


def invented_people(how_many: int, *, start: int = 10_000) -> list[str]:
    """So many valid NHS numbers of the range 999, the same at each call. Source of the check digit: modulus 11."""
    return list(islice(_valid_numbers(start), how_many))


def _valid_numbers(start: int) -> Iterator[str]:
    for middle in count(start):
        nine = f"9990{middle:05d}"
        check = (11 - sum(int(digit) * (10 - at) for at, digit in enumerate(nine)) % 11) % 11
        if check < 10:
            yield f"{nine}{check}"


def a_referral(nhs_number: str, *, practice: str = "A82026", **changed: Any) -> dict[str, Any]:
    """A referral that is accepted as it stands; `changed` replaces members of its top level."""
    return {
        "patient": {
            "nhs_number": nhs_number,
            "family": f"Archer-{nhs_number[4:]}",
            "given": "Kathy",
            "birth_date": BIRTH_DATE,
            "gender": "female",
            "postcode": "LA9 4JE",
            "phone": "01539 722000",
            "registered_practice": practice,
        },
        "requester": {"ods": practice, "role": "gp", "name": "Dr A Example"},
        "referred_at": "2026-06-12T09:30:00+01:00",
        "pathway": "case-management",
        "priority": "routine",
        "reason_code": "161898004",
        "reason_system": "http://snomed.info/sct",
        "reason": "Fall at home; husband is the main carer",
        "legal_basis": "direct-care",
        **changed,
    }
