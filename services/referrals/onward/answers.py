"""An onward referral as its reader is told of it: a partner learns whom it is about as far as that may be shared."""

from collections.abc import Mapping
from typing import Any

from services.referrals.consents.queries import consents_of
from services.referrals.consents.rules import standing
from services.referrals.directory.queries import service_called, service_names
from services.referrals.directory.rules import PartnerService
from services.referrals.disclosures.rules import Part
from services.referrals.onward.queries import works_cases
from services.referrals.onward.rules import is_overdue
from services.referrals.onward.schemas import OnwardAnswer, OnwardPerson
from services.referrals.onward.tables import OnwardReferral
from services.referrals.records.encryption import decrypted, decrypted_json
from services.referrals.records.queries import hidden_of
from services.referrals.records.rules import name_of
from services.referrals.records.tables import Referral
from shared.service.acting import Act


async def onward_shown(act: Act, onward: OnwardReferral, referral: Referral, **more: Any) -> OnwardAnswer:
    """What the caller is told. more: members beside those of the row."""
    told = {
        "id": onward.id,
        "service": onward.service,
        "service_name": (await service_names(act.session, [onward.service])).get(
            onward.service, onward.service
        ),
        "status": onward.status,
        "overdue": is_overdue(onward.status, onward.due_at, now=act.now),
        "sent_at": onward.sent_at,
        "due": onward.due_at,
        "reason": act.opened(onward, "reason"),
        "outcome": act.opened(onward, "outcome"),
        "reason_code": onward.reason_code,
        "answered_at": onward.answered_at,
        "answered_by": onward.answered_by,
        "version": onward.version,
        **more,
    }
    if works_cases(act):
        told["case_id"] = onward.case_id
    elif await may_know(act, onward):
        hidden = bool(await hidden_of(act, [referral.id]))
        service = await service_called(act.session, onward.service)
        told["person"] = _person(act, referral, service=service, hidden=hidden)
    else:
        told["reason"] = ""
        told["person"] = None
    return OnwardAnswer.model_validate(told)


async def may_know(act: Act, onward: OnwardReferral) -> bool:
    """Whether the partner may still know whom it is about: not after a recall, nor without the consent that its kind needs."""
    if onward.status == "recalled":
        return False
    if onward.consent_id is None:
        return True
    service = await service_called(act.session, onward.service)
    if service is None:
        return False
    recorded = await consents_of(act, onward.case_id)
    return standing(recorded, scope="share-with-partner", partners=service.codes) is not None


def parts_of(service: PartnerService, *, hidden: bool) -> list[Part]:
    """What of a person a service is told.   hidden: whether the address is shown to case managers alone."""
    reached: list[Part] = [] if hidden else ["phone", "postcode"]
    known: list[Part] = [] if service.needs_consent else ["birth-date", "nhs-number"]
    return ["flags", "name", *reached, *known, "reason"]


def _person(act: Act, referral: Referral, *, service: PartnerService | None, hidden: bool) -> OnwardPerson:
    """Names and where the person is reached; whoever gives care in the health or care system learns number and birth date too."""

    def opened(column: str) -> Mapping[str, Any]:
        return decrypted_json(act.keyring, getattr(referral, column), column=column, row=referral.id)

    person, contact = opened("person"), opened("contact")
    told: dict[str, Any] = {
        "flags": [flag["kind"] for flag in contact.get("flags") or ()],
        "name": name_of(person.get("given"), person.get("family")),
    }
    parts = () if service is None else parts_of(service, hidden=hidden)
    if "phone" in parts:
        told["phone"] = contact.get("phone")
    if "postcode" in parts:
        told["postcode"] = contact.get("staying_at") or contact.get("postcode")
    if "birth-date" in parts:
        told["birth_date"] = person.get("birth_date")
    if "nhs-number" in parts:
        told["nhs_number"] = decrypted(act.keyring, referral.nhs_number, column="nhs_number", row=referral.id)
    return OnwardPerson.model_validate(told)
