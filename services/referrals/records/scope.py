"""What the caller of a request sees of the table, from the token and the registry."""

from datetime import date, datetime

from services.referrals.records.rules import Sight, sight_of
from shared.auth.caller import Caller
from shared.months import LONDON
from shared.registry.registry import Registry

READ = "referrals.read"


def today(now: datetime) -> date:
    """The day it is in England at an instant."""
    return now.astimezone(LONDON).date()


def iccs_under(slug: str, *, registry: Registry, on: date) -> list[str]:
    """The ICCs that a community of any level is or has below it on a day; none for a slug the registry does not know."""
    if registry.community(slug) is None:
        return []
    within = (registry.community(member) for member in registry.members(slug, on))
    return [community.slug for community in within if community is not None and community.level == "icc"]


def sight(caller: Caller, *, registry: Registry, now: datetime) -> Sight:
    """What a caller sees today; nothing without the scope to read."""
    if not caller.has(READ):
        return Sight()
    on = today(now)
    return sight_of(
        caller, iccs_of=lambda slug: iccs_under(slug, registry=registry, on=on), system=registry.system
    )
