"""A message as the command that `POST /v1/referrals` takes, and where in the message each member of it stood."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.referrals.fhir.reading import Found, Message, said
from services.referrals.fhir.rules import VALIDATION, same_system
from services.referrals.fhir.schemas import (
    CarePlan,
    Condition,
    ContactPoint,
    Encounter,
    Flag,
    Location,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Task,
)
from shared.fhir.datatypes import NHS_NUMBER, ODS_CODE, SNOMED, Identifier, Reference
from shared.problems import BadRequest, FieldError, Problem

# The older system stands in messages that were made of e-RS. Source: NHS England, e-RS STU3 examples.
_NHS_NUMBERS: Final = (NHS_NUMBER, "https://fhir.nhs.net/Id/nhs-number")
_ETHNICITY: Final = "Extension-UKCore-EthnicCategory"
_RANK: Final = "Extension-UKCore-ContactRank"
_FLAGS: Final[Mapping[str, str]] = {
    "SG": "safeguarding",
    "SS": "scene-safety",
    "RA": "reasonable-adjustment",
}
"""Source: NHS England, CodeSystem flag-categories-bars."""
_PRIORITIES: Final[Mapping[str, str]] = {
    "routine": "routine",
    "urgent": "urgent",
    "asap": "urgent",
    "stat": "two-hour",
}
_MESSAGES: Final = "urn:ietf:rfc:3986"
"""The system of an id that is an address."""
_LONGEST_REASON: Final = 10_000
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Command:
    """The JSON of a referral.   places: pointer in it → pointer in the message, for what may be wrong with it."""

    members: dict[str, Any]
    places: Mapping[str, str]

    def refusal(self, invalid: Problem) -> BadRequest:
        """What is wrong with the referral, as something wrong with the message: the standard says 400."""
        faults = [FieldError(one.code, self._place(one.pointer), one.detail) for one in invalid.errors]
        return BadRequest(invalid.detail, code=invalid.code, errors=faults)

    def _place(self, pointer: str) -> str:
        known = [own for own in self.places if pointer == own or pointer.startswith(f"{own}/")]
        return self.places[max(known, key=len)] if known else ""


def command_of(message: Message, *, org: str) -> Command:
    """The referral that a message asks for. org: the token's organisation, which owns it. Raises BadRequest."""
    bundle, asked, at = message.bundle, message.request.resource, message.request.pointer
    patient = bundle.behind(asked.subject, Patient) or bundle.first(Patient)
    if patient is None:
        raise BadRequest(code="body.required", errors=[_missing("/entry", "The message needs one Patient.")])
    person, places = _person(message, patient)
    reasons = list(_reasons(message))
    coded = _coded_reason(message)
    members = {
        "patient": person,
        "requester": {"ods": org, **_sender(message)},
        "referred_at": asked.authored_on
        or (asked.meta and asked.meta.last_updated)
        or bundle.document.get("timestamp"),
        "pathway": message.use_case.pathway,
        "priority": message.use_case.priority or _priority(message),
        "reason": "\n\n".join(reasons)[:_LONGEST_REASON] or None,
        "reason_code": coded,
        "reason_system": None if coded is None else SNOMED,
        "legal_basis": "direct-care",
    }
    where = {
        "/referred_at": f"{at}/authoredOn",
        "/priority": f"{at}/priority",
        "/reason": "/entry",
        "/reason_code": "/entry",
        "/requester": "/entry",
        **places,
    }
    return Command({name: value for name, value in members.items() if value is not None}, where)


def _person(message: Message, patient: Found[Patient]) -> tuple[dict[str, Any], dict[str, str]]:
    one, at = patient.resource, patient.pointer
    name = one.name[0] if one.name else None
    born, estimated = _birth_date(one.birth_date)
    person = {
        **_identity(message, patient),
        "family": None if name is None else name.family,
        "given": " ".join(name.given)[:_LONGEST_NAME] or None if name is not None else None,
        "birth_date": born,
        "birth_date_estimated": estimated or None,
        "gender": one.gender,
        "ethnicity": _ethnicity(one),
        "postcode": next((where.postal_code for where in one.address if where.postal_code), None),
        "staying_at": _staying_at(message),
        "phone": _reached_by(one, "phone"),
        "email": _reached_by(one, "email"),
        "flags": list(_flags(message)) or None,
        "registered_practice": _practice(message, one),
    }
    places = {
        "/patient": at,
        "/patient/nhs_number": f"{at}/identifier",
        "/patient/local_id": f"{at}/identifier",
        "/patient/family": f"{at}/name/0/family",
        "/patient/given": f"{at}/name/0/given",
        "/patient/birth_date": f"{at}/birthDate",
        "/patient/gender": f"{at}/gender",
        "/patient/postcode": f"{at}/address/0/postalCode",
        "/patient/phone": f"{at}/contact/0/telecom",
        "/patient/email": f"{at}/contact/0/telecom",
        "/patient/registered_practice": f"{at}/generalPractitioner",
        "/patient/staying_at": f"{message.request.pointer}/locationReference",
    }
    return {name: value for name, value in person.items() if value is not None}, places


def _identity(message: Message, patient: Found[Patient]) -> dict[str, str]:
    """The NHS number, else an identifier of the sender's: of the person, or of the case that the message is about."""
    known = [one for one in patient.resource.identifier if one.value and one.system]
    numbers = {one.value for one in known if any(same_system(one.system, own) for own in _NHS_NUMBERS)}
    compact = {"".join(number.split()).replace("-", "") for number in numbers if number}
    if len(compact) > 1:
        fault = FieldError(
            "nhs_number.several", f"{patient.pointer}/identifier", "A person has one NHS number."
        )
        raise BadRequest(fault.detail, code=fault.code, errors=[fault])
    if numbers:
        return {"nhs_number": min(number for number in numbers if number)}
    encounter = message.bundle.behind(message.request.resource.encounter, Encounter)
    of_case: tuple[Identifier, ...] = () if encounter is None else encounter.resource.identifier
    for one in (*known, *of_case):
        if one.system and one.value:
            return {"local_id": one.value[:_LONGEST_NAME], "local_system": one.system[:_LONGEST_NAME]}
    if message.use_case.category != VALIDATION:
        return {}
    # 999 may know no more of somebody; later messages of the conversation have the same id.
    return {"local_id": f"urn:uuid:{message.bundle.id}", "local_system": _MESSAGES}


def _birth_date(text: str | None) -> tuple[str | None, bool]:
    """A birth date, and whether it was made of a year or a month, which FHIR allows."""
    if text is not None and len(text) in (4, 7):
        return f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01", True  # noqa: PLR2004 -- YYYY
    return text, False


def _ethnicity(patient: Patient) -> str | None:
    for one in patient.extension:
        if one.url.endswith(_ETHNICITY) and one.value_codeable_concept is not None:
            return next((coding.code for coding in one.value_codeable_concept.coding if coding.code), None)
    return None


def _staying_at(message: Message) -> str | None:
    """The postcode of where the person is met, which a validation request names."""
    for reference in message.request.resource.location_reference:
        place = message.bundle.behind(reference, Location)
        if place is not None and place.resource.address is not None:
            return place.resource.address.postal_code
    return None


def _reached_by(patient: Patient, system: str) -> str | None:
    """The number or address that is tried first: the person's own, else of the contact of rank 1."""
    ways = list(patient.telecom)
    for contact in patient.contact:
        ranks = [one.value_positive_int for one in contact.extension if one.url.endswith(_RANK)]
        if ranks in ([], [1]):
            ways += contact.telecom
    found: list[ContactPoint] = [one for one in ways if one.system == system and one.value]
    return min(found, key=lambda one: one.rank or len(ways)).value if found else None


def _flags(message: Message) -> Iterator[dict[str, str]]:
    for found in message.bundle.all(Flag):
        flag = found.resource
        codes = [one.code or "" for concept in flag.category for one in concept.coding]
        kind = next((_FLAGS[code] for code in codes if code in _FLAGS), None)
        if kind is not None and flag.status in (None, "active"):
            words = [flag.code.coding[0].display] if flag.code and flag.code.coding else []
            told = ": ".join(dict.fromkeys(one for one in (*words, flag.code and flag.code.text) if one))
            yield {"kind": kind} | ({"text": told} if told else {})


def _practice(message: Message, patient: Patient) -> str | None:
    """The ODS code of the registered practice."""
    for reference in patient.general_practitioner:
        role = message.bundle.behind(reference, PractitionerRole)
        code = _ods(message, reference if role is None else role.resource.organization)
        if code is not None:
            return code
    return None


def _ods(message: Message, reference: Reference | None) -> str | None:
    organisation = message.bundle.behind(reference, Organization)
    named = organisation.resource.identifier if organisation else ()
    if not named and reference is not None and reference.identifier is not None:
        named = (reference.identifier,)
    return next((one.value for one in named if same_system(one.system, ODS_CODE)), None)


def _sender(message: Message) -> dict[str, str]:
    """Who asks, as the message names them: recorded, for the token alone says whose the referral is."""
    asked = message.request.resource.requester
    role = message.bundle.behind(asked, PractitionerRole)
    somebody = message.bundle.behind(role.resource.practitioner if role else asked, Practitioner)
    names = somebody.resource.name if somebody else ()
    person = next((one.text or " ".join((*one.given, one.family or "")).strip() for one in names), "")
    sender = message.bundle.behind(message.header.sender, Organization)
    code = _ods(message, message.header.sender)
    organisation = (
        "" if sender is None else " ".join(filter(None, (sender.resource.name, code and f"({code})")))
    )
    told = ", ".join(filter(None, (person, organisation)))[:_LONGEST_NAME]
    return {"name": told} if told else {}


def _priority(message: Message) -> str | None:
    sent = message.request.resource.priority
    if sent is None:
        return None
    if sent not in _PRIORITIES:
        fault = FieldError("enum", f"{message.request.pointer}/priority", f"One of {', '.join(_PRIORITIES)}.")
        raise BadRequest(fault.detail, code="enum", errors=[fault])
    return _PRIORITIES[sent]


def _reasons(message: Message) -> Iterator[str]:
    """Why somebody is referred: what is the matter, what was found, what is to be done."""
    bundle = message.bundle
    told = [said(one) for one in message.request.resource.reason_code]
    told += [said(found.resource.code) for found in bundle.all(Condition)]
    for plan in bundle.all(CarePlan):
        told += [said(one) for part in plan.resource.activity for one in part.outcome_codeable_concept]
    for found in bundle.all(Task):
        told += [said(found.resource.code), found.resource.description]
    yield from dict.fromkeys(one for one in told if one)


def _coded_reason(message: Message) -> str | None:
    """The SNOMED CT code of what is the matter."""
    concepts = [*message.request.resource.reason_code]
    concepts += [found.resource.code for found in message.bundle.all(Condition) if found.resource.code]
    codes = [one.code for concept in concepts for one in concept.coding if same_system(one.system, SNOMED)]
    return codes[0] if codes else None


def _missing(pointer: str, detail: str) -> FieldError:
    return FieldError("body.required", pointer, detail)
