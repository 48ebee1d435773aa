"""Invented people and their referrals. Every NHS number is of the range kept for tests."""

from typing import Any
from uuid import uuid4

KENDAL_PRACTICE = "A82026"
EAST_PRACTICE = "A82030"
LANCASTER_PRACTICE = "P81002"
UNASSIGNED_PRACTICE = "P81029"
OUTSIDE_PRACTICE = "B86001"

# What identifies the person below, and who asked. No bare year: four digits also occur by chance in a ciphertext's
# hexadecimal.
SECRETS = (
    "Archer",
    "Kathy",
    "9990000018",
    "1938-02-11",
    "LA9 4JE",
    "LA94JE",
    "01539 722000",
    "main carer",
    "Dr A Example",
)


def a_patient(**changes: Any) -> dict[str, Any]:
    """A person registered in Kendal; a change to None leaves the member out."""
    patient = {
        "nhs_number": "9990000018",
        "family": "Archer",
        "given": "Kathy",
        "birth_date": "1938-02-11",
        "gender": "female",
        "postcode": "LA9 4JE",
        "phone": "01539 722000",
        "registered_practice": KENDAL_PRACTICE,
        **changes,
    }
    return {name: value for name, value in patient.items() if value is not None}


def a_referral(*, patient: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A routine referral from the Kendal practice; a change to None leaves the member out."""
    referral = {
        "patient": a_patient() if patient is None else patient,
        "requester": {"ods": KENDAL_PRACTICE, "role": "gp", "name": "Dr A Example"},
        "referred_at": "2026-06-12T09:30:00+01:00",
        "pathway": "case-management",
        "priority": "routine",
        "reason_code": "161898004",
        "reason_system": "http://snomed.info/sct",
        "reason": "Fall at home; husband is the main carer",
        "legal_basis": "direct-care",
        **changes,
    }
    return {name: value for name, value in referral.items() if value is not None}


def keyed(headers: dict[str, str], key: str | None = None) -> dict[str, str]:
    """Headers with an Idempotency-Key of their own."""
    return {**headers, "Idempotency-Key": key or str(uuid4())}
