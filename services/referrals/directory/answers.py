"""Partners and services as they are told."""

from datetime import date

from services.referrals.directory.rules import Partner, PartnerService
from services.referrals.directory.schemas import (
    CapacityAnswer,
    PartnerAnswer,
    PartnerContactAnswer,
    ServiceAnswer,
    ServicePlaceAnswer,
)


def partner_shown(one: Partner) -> PartnerAnswer:
    """A partner as it is told."""
    contact = one.contact or {}
    return PartnerAnswer(
        code=one.code,
        version=one.version,
        name=one.name,
        kind=one.kind,
        contact=PartnerContactAnswer(
            phone=contact.get("phone"), email=contact.get("email"), url=contact.get("url")
        ),
        communities=list(one.communities),
        source=one.source,
    )


def service_shown(one: PartnerService, *, today: date) -> ServiceAnswer:
    """A service as it is told."""
    told = one.told or {}
    capacity = told.get("capacity")
    return ServiceAnswer.model_validate(
        {
            "key": one.key,
            "version": one.version,
            "name": one.name,
            "description": told.get("description"),
            "partner": one.provider,
            "kind": one.kind,
            "communities": list(one.communities),
            "pathway": told.get("pathway"),
            "ages": list(one.ages),
            "needs": list(one.needs),
            "places": [
                ServicePlaceAnswer(name=place["name"], postcode=place.get("postcode"))
                for place in told.get("places", ())
            ],
            "lived_experience": told.get("lived_experience", False),
            "peer_led": told.get("peer_led", False),
            "volunteers": told.get("volunteers"),
            "capacity": None if capacity is None else CapacityAnswer.model_validate(capacity),
            "working_days": one.working_days,
            "assured_on": one.assured_on,
            "state": one.state(today),
            "needs_consent": one.needs_consent,
            "source": one.source,
        }
    )
