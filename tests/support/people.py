"""Invented people: names of no one, NHS numbers of the test range."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from services.referrals.intake.schemas import EXAMPLE

_EXAMPLE: dict[str, Any] = EXAMPLE
BIRTH_DATE: str = _EXAMPLE["patient"]["birth_date"]


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
    """The example of the interface's document, of another person; `changed` replaces members of its top level."""
    patient = {
        **_EXAMPLE["patient"],
        "nhs_number": nhs_number,
        "family": f"Archer-{nhs_number[4:]}",
        "registered_practice": practice,
    }
    referral = {**_EXAMPLE, "patient": patient, "requester": {**_EXAMPLE["requester"], "ods": practice}}
    del referral["message_id"]  # each would be a repeat of the first
    return {**referral, **changed}
