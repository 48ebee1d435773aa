"""What the caller of a request sees of the table, from the token and the registry."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import TextClause, text

from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.rules import Sight, sight_of, visible
from shared.auth.caller import Caller
from shared.months import london_day
from shared.problems import Invalid
from shared.registry.registry import Registry
from shared.registry.selection import AmbiguousCommunity, split_tokens
from shared.service.acting import Act

SEEN_NAMES: Final = {name: f":{name}" for name in ("everything", "communities", "org", "caseload")}
"""The names of the parameters of `visible` in a statement of a session."""
CREATE, READ, UPDATE, WORK = "referrals.create", "referrals.read", "referrals.update", "referrals.work"
# What the registry says of an unknown name offers practices and networks too: lists are not kept by those.
_LISTS = "Lists are kept by community: name a slug of /v1/communities, or `unrouted`."


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
    on = london_day(now)
    return sight_of(
        caller,
        iccs_of=lambda slug: iccs_under(slug, registry=registry, on=on),
        system=registry.system,
        works=caller.has(WORK),
    )


def owner_of(caller: Caller) -> str:
    """Whose the referrals are that a caller sends: its organisation's, or the client's where the token names none.

    Marked as a client, so that none is taken for the organisation whose code it is called by.
    """
    return caller.org or f"client:{caller.client}"


def seen_by(act: Act, table: str = "referral") -> TextClause:
    """The condition of every query over `referral`, or an alias of it: what the act's caller sees."""
    return text(visible(table, **SEEN_NAMES)).bindparams(**seen_values(act))


def seen_values(act: Act) -> dict[str, Any]:
    """The parameters of `visible`, under SEEN_NAMES: what the act's caller sees."""
    seen = sight(act.caller, registry=act.registry, now=act.now)
    return {
        "everything": seen.everything,
        "communities": list(seen.communities),
        "org": seen.org,
        "caseload": seen.caseload,
    }


def named_iccs(named: str | None, *, registry: Registry, on: date) -> list[str] | None:
    """The lists that `icc=` asks for: of communities of any level, or the Bay-wide one of unrouted referrals.

    Several are separated by commas. None when nothing was asked. Raises Invalid icc.unknown or icc.ambiguous.
    """
    if named is None:
        return None
    return sorted({icc for token in split_tokens(named) for icc in _iccs_of_list(token, registry, on)})


def _iccs_of_list(token: str, registry: Registry, on: date) -> list[str]:
    if token == UNROUTED:
        return [UNROUTED]
    try:
        selection = registry.resolve(token, on)
    except AmbiguousCommunity as several:
        raise Invalid.one("icc.ambiguous", "/icc", several.detail) from None
    except Invalid:
        raise Invalid.one("icc.unknown", "/icc", _LISTS) from None
    if selection.kind != "community":
        raise Invalid.one("icc.unknown", "/icc", _LISTS)
    return iccs_under(selection.code, registry=registry, on=on)
