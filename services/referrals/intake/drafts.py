"""A referral that passed every check, made into the values of its rows: routed, timed, encrypted. No I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referrals.intake.answers import receipt_body
from services.referrals.intake.rules import Finding
from services.referrals.intake.schemas import Person, UnnamedRequest
from services.referrals.intake.statement import REFERRAL_COLUMNS
from services.referrals.pathways.catalogue import working_day_after
from services.referrals.pathways.rules import (
    Assignment,
    Catalogue,
    assignment,
    community_of,
    counted_place,
    whereabouts,
)
from services.referrals.records.encryption import (
    encrypted,
    encrypted_json,
    identity_index,
    local_index,
    nhs_number_index,
    sealed_card,
)
from services.referrals.records.rules import hides
from shared.crypto import Keyring
from shared.facts.fairness import age_band, ethnic_group, sex_band
from shared.months import london_day
from shared.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Draft:
    """A referral about to be stored: its row's values by column, and what its sender is told.

    answer: the JSON body of the 201, without what only the statement finds out.
    """

    id: UUID
    row: Mapping[str, Any]
    answer: bytes


@dataclass(frozen=True, slots=True)
class Placement:
    """Who works a referral, by when, and the cell it counts in.

    on: the day of the referral in London.   deprivation: quintile of where the person lives, 1 to 5.
    """

    icc: str
    priority: str
    assigned: Assignment
    counted_place: str
    on: date
    deprivation: int | None


def place(
    request: UnnamedRequest,
    finding: Finding,
    *,
    received_at: datetime,
    registry: Registry,
    catalogue: Catalogue,
) -> Placement:
    """Route a referral and start its clocks. Communities are those of the day it was referred, teams those of today."""
    patient, on = request.patient, london_day(request.referred_at)
    priority = request.priority or catalogue.pathways[request.pathway].default_priority
    hot = catalogue.is_hot(request.pathway, priority)
    where = whereabouts(
        registry,
        on=on,
        practice=patient.registered_practice,
        staying_at=patient.staying_at,
        named=finding.icc,
        lives_at=patient.postcode if hot else None,
    )
    icc = community_of(where)
    assigned = assignment(
        catalogue,
        pathway=request.pathway,
        priority=priority,
        icc=icc,
        received_at=received_at,
        registry=registry,
        add_working_days=working_day_after,
        asked_by=request.requester.ods,
    )
    home = patient.postcode or patient.staying_at
    deprivation = None if home is None else registry.deprivation_quintile(home)
    return Placement(icc, priority, assigned, counted_place(where), on, deprivation)


def draft(
    request: UnnamedRequest,
    finding: Finding,
    *,
    id: UUID,  # noqa: A002 - the referral's own
    placement: Placement,
    received_at: datetime,
    sent_by: str,
    keyring: Keyring,
) -> Draft:
    """The values of a referral's row and the sender's answer."""
    row = {
        "id": id,
        "icc": placement.icc,
        "team": placement.assigned.team,
        "worklist": placement.assigned.worklist,
        "pathway": request.pathway,
        "priority": placement.priority,
        "identity": finding.identity,
        "sent_by": sent_by,
        **_requester(request),
        "registered_practice": request.patient.registered_practice,
        "reason_code": request.reason_code,
        "reason_system": request.reason_system,
        "legal_basis": request.legal_basis,
        "address_hidden": hides([{"kind": flag.kind} for flag in request.patient.flags or ()]),
        "referred_at": request.referred_at,
        "received_at": received_at,
        "triage_by": placement.assigned.triage_by,
        "start_by": placement.assigned.start_by,
        "stage_due": placement.assigned.triage_by,
        "counted_month": placement.on.replace(day=1),
        "counted_place": placement.counted_place,
        **_bands(request, placement),
        **_indexes(request.patient, finding, keyring=keyring),
        **_encrypted(request, finding, id=id, keyring=keyring),
    }
    return Draft(id=id, row=row, answer=receipt_body(row, warnings=finding.warnings))


def row_values(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row's values in the order of the statement's parameters."""
    return tuple([row[name] for name in REFERRAL_COLUMNS])


def _bands(request: UnnamedRequest, placement: Placement) -> dict[str, str | None]:
    """How figures describe the person: as of the day of the referral, by the home, else by where the person stays."""
    patient, quintile = request.patient, placement.deprivation
    return {
        "counted_age": None if patient.birth_date is None else age_band(patient.birth_date, placement.on),
        "counted_sex": sex_band(patient.gender),
        "counted_deprivation": None if quintile is None else str(quintile),
        "counted_ethnicity": ethnic_group(patient.ethnicity or request.ethnicity),
    }


def _requester(request: UnnamedRequest) -> dict[str, str | None]:
    requester = request.requester
    if requester.self_referral:
        return {"requester_kind": "self", "requester_code": None}
    kind = "partner" if requester.ods is None else "ods"
    return {"requester_kind": kind, "requester_code": requester.ods or requester.partner}


def _indexes(patient: Person, finding: Finding, *, keyring: Keyring) -> dict[str, bytes | None]:
    number = finding.nhs_number or finding.untraced_number
    local, system = patient.local_id, patient.local_system
    return {
        "nhs_number_index": None if number is None else nhs_number_index(keyring, number),
        "identity_index": identity_index(keyring, patient.family, patient.birth_date),
        "local_index": None
        if local is None or system is None
        else local_index(keyring, local, system=system),
    }


def _encrypted(
    request: UnnamedRequest,
    finding: Finding,
    *,
    id: UUID,  # noqa: A002 - the referral's own
    keyring: Keyring,
) -> dict[str, bytes | None]:
    patient, requester = request.patient, request.requester
    person = {
        "family": patient.family,
        "given": patient.given,
        "birth_date": patient.birth_date,
        "birth_date_estimated": patient.birth_date_estimated is True,
        "gender": patient.gender,
        "ethnicity": patient.ethnicity or request.ethnicity,
        "accommodation": patient.accommodation,
    }
    contact = {
        "postcode": patient.postcode,
        "staying_at": patient.staying_at,
        "phone": patient.phone,
        "email": patient.email,
        "flags": [flag.model_dump(exclude_none=True) for flag in patient.flags or ()] or None,
    }
    local = {"local_id": patient.local_id, "local_system": patient.local_system}
    sender = {"role": requester.role, "name": requester.name}
    return {
        "nhs_number": encrypted(
            keyring, finding.nhs_number or finding.untraced_number, column="nhs_number", row=id
        ),
        "local_identity": encrypted_json(keyring, local, column="local_identity", row=id),
        "person": encrypted_json(keyring, person, column="person", row=id),
        "contact": encrypted_json(keyring, contact, column="contact", row=id),
        "sender": encrypted_json(keyring, sender, column="sender", row=id),
        "reason": encrypted(keyring, request.reason, column="reason", row=id),
        "card": sealed_card(keyring, person, contact, row=id),
    }
