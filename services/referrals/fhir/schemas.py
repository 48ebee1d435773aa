"""The resources of a message, with the members that are read; others are kept in the raw message and let pass."""

from shared.fhir.datatypes import CodeableConcept, Coding, Element, Identifier, Reference
from shared.http.dates import AwareInstant


class Meta(Element):
    """About a resource as its sender keeps it."""

    last_updated: AwareInstant | None = None


class Period(Element):
    """A time from and until."""

    start: str | None = None
    end: str | None = None


class HumanName(Element):
    """A person's name."""

    text: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()


class ContactPoint(Element):
    """A telephone number or an e-mail address. rank: the lowest is tried first."""

    system: str | None = None
    value: str | None = None
    rank: int | None = None


class Address(Element):
    """A postal address, of which the postcode is read."""

    postal_code: str | None = None


class ReadExtension(Element):
    """An extension that is a code or a number."""

    url: str
    value_codeable_concept: CodeableConcept | None = None
    value_positive_int: int | None = None


class Contact(Element):
    """Who is called about a person: at rank 1 the person, or whoever called."""

    extension: tuple[ReadExtension, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class Destination(Element):
    """To whom a message goes."""

    endpoint: str | None = None
    receiver: Reference | None = None


class Source(Element):
    """From where a message comes, and where answers go."""

    endpoint: str | None = None


class MessageResponse(Element):
    """Which message is answered: by the id of its Bundle."""

    identifier: str | None = None
    code: str | None = None


class MessageHeader(Element):
    """What a message is about and whom it goes to."""

    event_coding: Coding | None = None
    destination: tuple[Destination, ...] = ()
    sender: Reference | None = None
    source: Source | None = None
    reason: CodeableConcept | None = None
    response: MessageResponse | None = None
    focus: tuple[Reference, ...] = ()


class ServiceRequest(Element):
    """What is asked for."""

    id: str | None = None
    meta: Meta | None = None
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    priority: str | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    performer: tuple[Reference, ...] = ()
    location_reference: tuple[Reference, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()


class Patient(Element):
    """The person."""

    extension: tuple[ReadExtension, ...] = ()
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birth_date: str | None = None
    address: tuple[Address, ...] = ()
    contact: tuple[Contact, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()


class Encounter(Element):
    """The sender's case, or in an answer ours."""

    identifier: tuple[Identifier, ...] = ()
    status: str | None = None


class Organization(Element):
    """An organisation."""

    identifier: tuple[Identifier, ...] = ()
    name: str | None = None


class Practitioner(Element):
    """Somebody who works there."""

    name: tuple[HumanName, ...] = ()


class PractitionerRole(Element):
    """What somebody is there."""

    practitioner: Reference | None = None
    organization: Reference | None = None


class Location(Element):
    """A place."""

    address: Address | None = None


class Condition(Element):
    """What is the matter."""

    code: CodeableConcept | None = None


class Task(Element):
    """What is to be done."""

    code: CodeableConcept | None = None
    description: str | None = None


class Activity(Element):
    """A part of a plan."""

    outcome_codeable_concept: tuple[CodeableConcept, ...] = ()


class CarePlan(Element):
    """The CarePlan of a message: what its sender found and advised."""

    activity: tuple[Activity, ...] = ()


class Flag(Element):
    """What whoever meets the person must know first."""

    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept | None = None
