"""What a referral must say beyond the shape of its fields: identity, dates, requester, codes. Pure.

Everything wrong is found at once, each with its place, and nothing that was sent is repeated.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from services.referrals.identity.rules import Fault, nhs_number
from services.referrals.records.snomed import concept_fault
from shared.http.dates import CLOCK_TOLERANCE
from shared.months import london_day
from shared.problems import FieldError
from shared.registry.names import nearest

T = TypeVar("T")

SNOMED: Final = "http://snomed.info/sct"
LEGAL_BASES: Final = (
    "direct-care",
    "consent",
    "best-interests",
    "vital-interests",
    "legal-obligation",
    "public-task",
    "safeguarding",
)
# The greatest age ever verified is 122 years; beyond this a birth date is a slip of the pen.
OLDEST_YEARS: Final = 130
# The NHS began on 5 July 1948: no referral is older.
FIRST_REFERRAL: Final = date(1948, 7, 5)

IDENTITY_NHS_NUMBER: Final = "nhs-number"
IDENTITY_TRACING: Final = "tracing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The members of a referral that rules look at; None where absent, or where its shape was already refused."""

    nhs_number: str | None = None
    local_id: str | None = None
    local_system: str | None = None
    birth_date: date | None = None
    referred_at: datetime | None = None
    registered_practice: str | None = None
    ods: str | None = None
    partner: str | None = None
    self_referral: bool = False
    pathway: str | None = None
    legal_basis: str | None = None
    reason_code: str | None = None
    reason_system: str | None = None
    icc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a claim is judged against: the moment, who sends it, what the platform knows and allows.

    now: aware.   org: the token's organisation.   name_icc: the ICC a given name stands for; raises Fault.
    knows: whether the registry holds an organisation's code.
    trace_failing_numbers: a number that fails goes to tracing instead of being refused.
    """

    now: datetime
    org: str | None
    pathways: Collection[str]
    name_icc: Callable[[str], str]
    knows: Callable[[str], bool]
    test_numbers_allowed: bool
    trace_failing_numbers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the rules make of a claim: every fault, and what was understood on the way.

    warnings: what is taken although it is odd.
    nhs_number: ten digits of a number that may be relied on.   untraced_number: the failing number that was sent,
    kept for the tracing team.   icc: slug of the community the sender named.
    """

    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]
    identity: str
    nhs_number: str | None
    untraced_number: str | None
    icc: str | None


def examine(claim: Claim, circumstances: Circumstances) -> Finding:
    """Judge a claim: all its faults at once, in the order in which its members are documented."""
    errors: list[FieldError] = []
    number, untraced = _number(claim, circumstances, errors)
    icc, icc_fault = _icc(claim.icc, circumstances)
    errors += _identity_faults(claim)
    errors += _date_faults(claim, circumstances.now)
    errors += _requester_faults(claim, circumstances.org)
    errors += _code_faults(claim, circumstances.pathways)
    if icc_fault is not None:
        errors.append(icc_fault)
    return Finding(
        errors=tuple(errors),
        warnings=tuple(_unknown_organisations(claim, circumstances.knows)),
        identity=IDENTITY_TRACING if number is None else IDENTITY_NHS_NUMBER,
        nhs_number=number,
        untraced_number=untraced,
        icc=icc,
    )


def _number(
    claim: Claim, circumstances: Circumstances, errors: list[FieldError]
) -> tuple[str | None, str | None]:
    """(the number to rely on, the failing number to trace); adds the fault when it is neither."""
    if claim.nhs_number is None:
        return None, None
    try:
        return nhs_number(claim.nhs_number, test_numbers_allowed=circumstances.test_numbers_allowed), None
    except Fault as fault:
        if circumstances.trace_failing_numbers and claim.nhs_number:
            return None, claim.nhs_number
        errors.append(FieldError(fault.code, "/patient/nhs_number", fault.detail))
        return None, None


def _identity_faults(claim: Claim) -> Iterator[FieldError]:
    local = (claim.local_id, claim.local_system)
    if claim.nhs_number is None and local == (None, None):
        yield FieldError(
            "nhs_number.required",
            "/patient/nhs_number",
            "Give the NHS number, or a local identifier and its system.",
        )
    if claim.local_id is None and claim.local_system is not None:
        yield FieldError("body.required", "/patient/local_id", "A local system needs the identifier in it.")
    if claim.local_system is None and claim.local_id is not None:
        yield FieldError("body.required", "/patient/local_system", "A local identifier needs its system.")


def _date_faults(claim: Claim, now: datetime) -> Iterator[FieldError]:
    today = london_day(now)
    born, referred = claim.birth_date, claim.referred_at
    if born is not None and born > today:
        yield FieldError("date.future", "/patient/birth_date", "A birth date lies in the past.")
    elif born is not None and today.year - born.year > OLDEST_YEARS:
        yield FieldError("date.implausible", "/patient/birth_date", "Nobody has lived so long.")
    if referred is None:
        return
    if referred > now + CLOCK_TOLERANCE:
        yield FieldError("date.future", "/referred_at", "A referral is made before it is sent.")
    elif (day := london_day(referred)) < FIRST_REFERRAL:
        yield FieldError("date.implausible", "/referred_at", "No referral is so old.")
    elif born is not None and day < born <= today:
        yield FieldError("date.order", "/patient/birth_date", "A person is born before being referred.")


def _requester_faults(claim: Claim, org: str | None) -> Iterator[FieldError]:
    given = [("ods", claim.ods), ("partner", claim.partner), ("self", claim.self_referral or None)]
    named = [(name, value) for name, value in given if value is not None]
    if not named:
        yield FieldError("body.required", "/requester", "Name the requester by ods, by partner, or as self.")
    elif len(named) > 1:
        yield FieldError(
            "requester.mismatch", "/requester", "Give one of ods, partner and self, not several."
        )
    elif named[0][0] != "self" and named[0][1] != org:
        yield FieldError(
            "requester.mismatch",
            f"/requester/{named[0][0]}",
            "The requester must be the token's organisation.",
        )


def _unknown_organisations(claim: Claim, knows: Callable[[str], bool]) -> Iterator[FieldError]:
    """Codes that the registry does not hold. Nobody is refused for one: practices open before a registry names them."""
    if claim.ods is not None and not knows(claim.ods):
        yield FieldError(
            "ods.unknown", "/requester/ods", "The registry does not hold this code: please compare it."
        )
    if claim.registered_practice is not None and not knows(claim.registered_practice):
        yield FieldError(
            "ods.unknown",
            "/patient/registered_practice",
            "The registry does not hold this practice, so it decides no community: please compare the code.",
        )


def _code_faults(claim: Claim, pathways: Collection[str]) -> Iterator[FieldError]:
    if claim.pathway is not None and claim.pathway not in pathways:
        meant = nearest(claim.pathway, sorted(pathways))
        hint = f" Did you mean {meant}?" if meant else ""
        yield FieldError("enum", "/pathway", f"The pathways are listed at /v1/pathways.{hint}")
    yield from _reason_faults(claim.reason_code, claim.reason_system)
    if not claim.legal_basis:
        yield FieldError(
            "legal_basis.required", "/legal_basis", "Say on what legal basis the data is shared."
        )
    elif claim.legal_basis not in LEGAL_BASES:
        yield FieldError("enum", "/legal_basis", f"One of {', '.join(LEGAL_BASES)}.")


def _reason_faults(code: str | None, system: str | None) -> Iterator[FieldError]:
    if code is None and system is None:
        return
    if code is None:
        yield FieldError("body.required", "/reason_code", "A code system needs a code.")
    elif system is None:
        yield FieldError("body.required", "/reason_system", "A code needs its system.")
    elif system != SNOMED:
        yield FieldError("code.system_unknown", "/reason_system", f"Reasons are coded in {SNOMED}.")
    elif (fault := concept_fault(code)) is not None:
        yield FieldError("code.invalid", "/reason_code", fault)


def _icc(named: str | None, circumstances: Circumstances) -> tuple[str | None, FieldError | None]:
    """(the community the sender named, what is wrong with the name); neither when none was named."""
    if named is None:
        return None, None
    try:
        return circumstances.name_icc(named), None
    except Fault as fault:
        return None, FieldError(fault.code, "/icc", fault.detail)


def without_shadowed(errors: Collection[FieldError], *, shapes: Collection[FieldError]) -> list[FieldError]:
    """Both kinds of faults, less those rules found at or beneath a place whose shape was already refused, and less
    what they miss above one: it was sent, but could not be read.
    """
    refused = {fault.pointer for fault in shapes}
    return [*shapes, *(fault for fault in errors if not any(_shadows(place, fault) for place in refused))]


def _shadows(place: str, fault: FieldError) -> bool:
    """Whether a rule's fault only repeats that a place could not be read."""
    if fault.pointer == place or fault.pointer.startswith(f"{place}/"):
        return True
    return fault.code == "body.required" and place.startswith(f"{fault.pointer}/")


def claim_from(document: Mapping[str, object]) -> Claim:
    """The claim of a body whose shape was refused, as far as it can be read, so that all its faults show at once."""
    patient, requester = _members(document, "patient"), _members(document, "requester")
    return Claim(
        nhs_number=_text(patient, "nhs_number"),
        local_id=_text(patient, "local_id"),
        local_system=_text(patient, "local_system"),
        birth_date=_read(date.fromisoformat, patient, "birth_date"),
        referred_at=_read(_aware, document, "referred_at"),
        registered_practice=_text(patient, "registered_practice"),
        ods=_text(requester, "ods"),
        partner=_text(requester, "partner"),
        self_referral=requester.get("self") is True,
        pathway=_text(document, "pathway"),
        legal_basis=_text(document, "legal_basis"),
        reason_code=_text(document, "reason_code"),
        reason_system=_text(document, "reason_system"),
        icc=_text(document, "icc"),
    )


def _members(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None


def _read(read: Callable[[str], T], document: Mapping[str, object], name: str) -> T | None:
    try:
        return read(_text(document, name) or "")
    except (ValueError, OverflowError):
        return None


def _aware(text: str) -> datetime:
    """An instant in UTC. Raises ValueError or OverflowError where it, or its day in England, is none of a calendar's."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    london_day(moment)
    return moment.astimezone(UTC)
