"""What somebody filled into a form, as the body that the interface takes. What was left empty was not said. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from shared.months import LONDON
from shared.registry.names import is_organisation_code

Filled = Mapping[str, str]
ROWS_OF_AVOIDED: Final = 3
"""A discharge's form has so many rows for what was avoided; the interface takes more."""
ME, TEAM, OTHER = "me", "team", "other"
"""To whom a referral is given."""


def triage_said(form: Filled) -> dict[str, Any]:
    """A decision."""
    names = ("decision", "reason_code", "comment", "priority", "icc", "team", "pathway", "to")
    return _members(form, names)


def assignment_said(form: Filled, *, me: str) -> dict[str, Any]:
    """Who has a referral from now on. me: the `sub` of who fills the form in."""
    named = {ME: me, TEAM: None, OTHER: form.get("assignee", "").strip()}
    whose = form.get("whose")
    return {"assignee": named[whose]} if whose in named else {}


def contact_said(form: Filled) -> dict[str, Any]:
    """A contact, whose time is England's."""
    said = _members(form, ("at", "kind", "with", "outcome", "note"))
    if "at" in said:
        said["at"] = _instant(said["at"])
    return {**said, "face_to_face": form.get("face_to_face") == "true"}


def review_said(form: Filled) -> dict[str, Any]:
    """A review."""
    return _members(form, ("reviewed_on", "summary", "next_review_on"))


def discharge_said(form: Filled) -> dict[str, Any]:
    """How a case ended, with the rows of what was avoided that somebody began."""
    rows = (_avoided(form, at) for at in range(ROWS_OF_AVOIDED))
    return {**_members(form, ("discharged_on", "outcome")), "avoided": [row for row in rows if row]}


def _avoided(form: Filled, at: int) -> dict[str, Any]:
    names = ("kind", "count", "judged_by")
    row: dict[str, Any] = _members({name: form.get(f"avoided-{at}-{name}", "") for name in names}, names)
    if "count" in row and row["count"].isascii() and row["count"].isdigit():
        row["count"] = int(row["count"])
    return row


def _members(form: Filled, names: Iterable[str]) -> dict[str, Any]:
    return {name: form[name].strip() for name in names if form.get(name, "").strip()}


def _instant(local: str) -> str:
    """A time of day as a browser writes it, with England's offset; what is none stays as it is, to be refused."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=LONDON).isoformat(timespec="seconds")
    except ValueError:
        return local


_PATIENT: Final = (
    "nhs_number",
    "local_id",
    "local_system",
    "family",
    "given",
    "birth_date",
    "gender",
    "postcode",
    "staying_at",
    "phone",
    "email",
    "registered_practice",
)


def referral_said(form: Filled, *, org: str | None) -> dict[str, Any]:
    """A referral of the organisation of who fills the form in. org: its ODS code, or a partner's code."""
    patient: dict[str, Any] = _under(form, "patient", _PATIENT)
    if flag := _under(form, "flag", ("kind", "text")):
        patient["flags"] = [flag]
    requester = _under(form, "requester", ("role", "name"))
    if org is not None:
        requester["ods" if is_organisation_code(org) else "partner"] = org
    whole = _members(form, ("referred_at", "pathway", "priority", "reason", "legal_basis"))
    return {**whole, "patient": patient, "requester": requester}


def _under(form: Filled, part: str, names: Iterable[str]) -> dict[str, Any]:
    return _members({name: form.get(f"{part}-{name}", "") for name in names}, names)
