"""What somebody filled into a form, as the body that the interface takes. What was left empty was not said. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from services.referrals.assessments.rules import DOMAINS
from services.referrals.identity.schemas import MOST_FLAGS
from shared.months import LONDON
from shared.registry.names import is_organisation_code

Filled = Mapping[str, str]
_ROW: Final = re.compile(r"(?P<part>[a-z_]+)-(?P<row>[0-9]{1,2})-[a-z_]+")
_ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "avoided": ("kind", "count", "judged_by"),
    "use_avoided": ("kind", "count"),
    "domains": ("findings", "risk"),
    "goals": ("text",),
    "actions": ("text", "code", "owner", "due_on"),
    "contacts": ("name", "relationship", "phone", "carer"),
}
"""The members of what a form has rows of."""
_CPR: Final = (
    "recommendation",
    "stage",
    "form",
    "discussed_on",
    "discussed_with",
    "completed_by",
    "completed_on",
    "kept_at",
)
_FLAG: Final = ("kind", "text")
REACHED: Final = ("phone", "email", "postcode", "staying_at")
"""How a person is reached, as far as a form changes it."""
AUDITED: Final = (
    "goals",
    "actions_owned",
    "preferences",
    "cpr_complete",
    "contacts",
    "review_in_date",
    "shared",
)
"""What an audit of a plan looks at."""
ROWS_OF_AVOIDED: Final = 3
"""A discharge's form has so many rows for what was avoided; the interface takes more."""
ME, TEAM, OTHER = "me", "team", "other"
"""To whom a referral is given."""
_COUNT: Final = re.compile(r"[0-9]{1,12}")
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def triage_said(form: Filled) -> dict[str, Any]:
    """A decision."""
    names = ("decision", "reason_code", "comment", "priority", "icc", "team", "pathway", "to")
    return _members(form, names)


def assignment_said(form: Filled, *, me: str) -> dict[str, Any]:
    """Who has a referral from now on. me: the `sub` of who fills the form in."""
    return _handed(form, "assignee", me=me)


def _handed(form: Filled, member: str, *, me: str) -> dict[str, Any]:
    """Whose something is from now on, as a member of the body of this name."""
    named = {ME: me, TEAM: None, OTHER: form.get(member, "").strip()}
    whose = form.get("whose")
    return {member: named[whose]} if whose in named else {}


def reassignment_said(form: Filled, *, me: str) -> dict[str, Any]:
    """Whose work changes hands, as far as it is narrowed, and whose it is then. me: the `sub` of who fills the form in."""
    narrowed = _under(form, "filter", ("icc", "pathway", "stage"))
    said = _members(form, ("from",)) | _handed(form, "to", me=me)
    return {**said, "filter": narrowed} if narrowed else said


def cover_said(form: Filled) -> dict[str, Any]:
    """Who stands in for whom, from which day to which."""
    return _members(form, ("for", "by", "from", "to"))


def change_said(form: Filled) -> dict[str, Any]:
    """What somebody changed of a form that holds what is known; what was emptied is removed."""
    changed = [name for name in REACHED if _is_changed(form, f"patient-{name}")]
    patient: dict[str, Any] = {name: form.get(f"patient-{name}", "").strip() or None for name in changed}
    flags = [f"patient-flags-{at}" for at in range(MOST_FLAGS)]
    if any(_is_changed(form, f"{flag}-{name}") for flag in flags for name in _FLAG):
        patient["flags"] = [one for flag in flags if (one := _under(form, flag, _FLAG))]
    said: dict[str, Any] = {"patient": patient} if patient else {}
    return said | (_members(form, ("priority",)) if _is_changed(form, "priority") else {})


def _is_changed(form: Filled, name: str) -> bool:
    return form.get(name, "").strip() != form.get(f"was-{name}", "").strip()


def audit_said(form: Filled) -> dict[str, Any]:
    """What an audit of a plan found; a box that is not ticked was not in order."""
    items = {name: form.get(f"items-{name}") == "true" for name in AUDITED}
    return {**_members(form, ("audited_on",)), "items": items}


def identity_said(form: Filled) -> dict[str, Any]:
    """The number that somebody was found to have, and where somebody made sure of it."""
    return _members(form, ("nhs_number", "checked"))


def merging_said(form: Filled) -> dict[str, Any]:
    """The record that survives, one that was offered or that of a page whose address was copied, and why."""
    address = form.get("address", "").strip()
    named = _ID.findall(address.lower()) or [address]
    chosen = form.get("into", OTHER)
    return _members({**form, "into": named[-1] if chosen == OTHER else chosen}, ("into", "reason"))


def reply_said(form: Filled) -> dict[str, Any]:
    """What a sender answers."""
    return _members(form, ("text",))


def pause_said(form: Filled) -> dict[str, Any]:
    """Why the clocks stand still, or which pause is over."""
    return _members(form, ("reason", "comment"))


def withdrawal_said(form: Filled) -> dict[str, Any]:
    """Why a referral is withdrawn."""
    return _members(form, ("reason_code", "comment"))


def reopening_said(form: Filled) -> dict[str, Any]:
    """Why a referral is taken up again."""
    return _members(form, ("comment",))


def transfer_said(form: Filled) -> dict[str, Any]:
    """Where a referral goes, and why."""
    return _members(form, ("icc", "team", "practice", "reason"))


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
    avoided = [_counted(_row(form, "avoided", at)) for at in rows_begun(form, "avoided")]
    return {**_members(form, ("discharged_on", "outcome")), "avoided": avoided}


def _counted(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose count is a number; what is none, or longer than any, stays a text, to be refused."""
    count = row.get("count", "")
    return {**row, "count": int(count)} if _COUNT.fullmatch(count) else row


def assessment_said(form: Filled) -> dict[str, Any]:
    """An assessment, whose row of each domain stands in the domains' order."""
    begun = rows_begun(form, "domains")
    domains = [{"domain": DOMAINS[at], **_row(form, "domains", at)} for at in begun if at < len(DOMAINS)]
    return {**_members(form, ("assessed_on", "kind")), "domains": domains}


def plan_said(form: Filled) -> dict[str, Any]:
    """A whole care plan: rows that are empty now are of it no more."""
    contacts = [_row(form, "contacts", at) for at in rows_begun(form, "contacts")]
    said = {
        **_members(form, ("advance_care_preferences", "review_on")),
        "goals": [_row(form, "goals", at) for at in rows_begun(form, "goals")],
        "actions": [_row(form, "actions", at) for at in rows_begun(form, "actions")],
        "contacts": [{**one, "carer": one.get("carer") == "true"} for one in contacts],
        "consent_to_share": form.get("consent_to_share") == "true",
    }
    recommended = _under(form, "cpr_recommendation", _CPR)
    return {**said, "cpr_recommendation": recommended} if recommended else said


def plan_filled(plan: Mapping[str, Any]) -> dict[str, str]:
    """A plan as its form holds it, to be changed. plan: the interface's members."""
    filled: dict[str, str] = {}
    for part in ("goals", "actions", "contacts"):
        for at, row in enumerate(plan[part]):
            filled |= _written(row, f"{part}-{at}-")
    alone = {name: plan.get(name) for name in ("advance_care_preferences", "review_on", "consent_to_share")}
    return (
        filled | _written(alone, "") | _written(plan.get("cpr_recommendation") or {}, "cpr_recommendation-")
    )


def _written(members: Mapping[str, Any], before: str) -> dict[str, str]:
    """What a form holds of some members; a box is ticked by its word, and empty otherwise."""
    told = {name: "true" if value is True else value for name, value in members.items()}
    return {f"{before}{name}": str(value) for name, value in told.items() if value not in (None, False)}


def rows_begun(form: Filled, part: str) -> list[int]:
    """The numbers of the rows of a part that say something, in their order."""
    found = (_ROW.fullmatch(name) for name, value in form.items() if value.strip())
    return sorted({int(one["row"]) for one in found if one is not None and one["part"] == part})


def rows_of(form: Filled, part: str) -> int:
    """How many rows of a part a form has, empty ones too."""
    found = (_ROW.fullmatch(name) for name in form)
    return max((int(one["row"]) + 1 for one in found if one is not None and one["part"] == part), default=0)


def pointer_in_form(form: Filled, pointer: str) -> str:
    """Where in a form a member of the body stands: the body's second goal may be the form's fourth."""
    part, _, rest = pointer.strip("/").partition("/")
    at, _, name = rest.partition("/")
    begun = rows_begun(form, part)
    if at.isascii() and at.isdigit() and int(at) < len(begun):
        return "-".join(one for one in (part, str(begun[int(at)]), name.replace("/", "-")) if one)
    return pointer.strip("/").replace("/", "-")


def _row(form: Filled, part: str, at: int) -> dict[str, Any]:
    return _under(form, f"{part}-{at}", _ROWS[part])


def onward_said(form: Filled) -> dict[str, Any]:
    """What is asked of a partner's service."""
    return _members(form, ("service", "reason"))


def response_said(form: Filled) -> dict[str, Any]:
    """What a partner answered."""
    return _members(form, ("status", "reason_code", "outcome"))


def consent_said(form: Filled) -> dict[str, Any]:
    """A consent, or that it was taken back."""
    return _members(form, ("scope", "partner", "given_by", "on", "withdrawn_on"))


def carer_said(form: Filled) -> dict[str, Any]:
    """A carer, with the carer's own consent."""
    names = ("name", "relationship", "phone", "offered_assessment_on", "assessed_on")
    return {**_members(form, names), "consent": _under(form, "consent", ("given_by", "on"))}


def benefit_said(form: Filled) -> dict[str, Any]:
    """What a discussion was good for, with the rows of avoided use that somebody began."""
    avoided = [_counted(_row(form, "use_avoided", at)) for at in rows_begun(form, "use_avoided")]
    return {**_members(form, ("asked_on", "self_care", "judged_by")), "use_avoided": avoided}


def action_said(form: Filled) -> dict[str, Any]:
    """When an action of a meeting was done."""
    return _members(form, ("done_on",))


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
