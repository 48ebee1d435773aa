"""Finding partners and services, and the communities that they name."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from services.referrals.directory.answers import partner_shown, service_shown
from services.referrals.directory.queries import partner_called, service_called, whole_directory
from services.referrals.directory.rules import PartnerService, Wanted, in_order
from services.referrals.directory.schemas import PartnerAnswer, ServiceAnswer
from services.referrals.identity.rules import Fault, postcode
from shared.months import london_day
from shared.problems import FieldError, Forbidden, Invalid, NotFound
from shared.registry.registry import Registry
from shared.registry.selection import AmbiguousCommunity
from shared.service.acting import Act
from shared.service.paging import Page, Pager


async def read_partner(act: Act, code: str) -> PartnerAnswer:
    """One partner. Raises NotFound."""
    partner = await partner_called(act.session, code)
    if partner is None:
        raise NotFound
    return partner_shown(partner)


async def read_service(act: Act, key: str) -> ServiceAnswer:
    """One service. Raises NotFound."""
    return service_shown(await see_service(act, key), today=london_day(act.now))


async def list_partners(
    act: Act, *, kind: str | None, community: str | None, paging: Pager
) -> Page[PartnerAnswer]:
    """The partners of a community, or all, by name. Raises Invalid."""
    places = None if community is None else communities_around(act, community)
    found = [
        one
        for one in (await whole_directory(act.session)).partners.values()
        if (kind is None or one.kind == kind) and (places is None or not places.isdisjoint(one.communities))
    ]
    return paging.cut(sorted(found, key=lambda one: (one.name, one.code)), shown=partner_shown)


async def find_services(
    act: Act, wanted: Wanted, *, near: str | None, community: str | None, paging: Pager
) -> Page[ServiceAnswer]:
    """The services that a person can be sent to, the nearest and those with room first. Raises Invalid."""
    today, nearest = london_day(act.now), None
    if near is not None:
        nearest = _icc_near(act, near)
        wanted = replace(wanted, places=_around(act.registry, nearest, today))
    elif community is not None:
        wanted = replace(wanted, places=communities_around(act, community))
    services = (await whole_directory(act.session)).services.values()
    found = in_order(
        (one for one in services if wanted.finds(one, today=today)), nearest=nearest, today=today
    )
    return paging.cut(found, shown=lambda one: service_shown(one, today=today))


def _icc_near(act: Act, near: str) -> str | None:
    """The community of a postcode; None for one that lies in none for sure. Raises Invalid."""
    try:
        return act.registry.icc_of_postcode(postcode(near), london_day(act.now))
    except Fault as fault:
        raise Invalid.one(fault.code, "/near", fault.detail) from None


def _around(registry: Registry, icc: str | None, today: date) -> frozenset[str]:
    """The communities whose services also serve an ICC: itself, and all above it."""
    return frozenset({registry.system} if icc is None else {icc, *registry.ancestors(icc, today)})


def communities_around(act: Act, slug: str) -> frozenset[str]:
    """A community with all above and below it: whoever serves one of them serves there. Raises Invalid."""
    today = london_day(act.now)
    (place,) = known_communities(act, (slug,), pointer="/community")
    return frozenset({*act.registry.members(place, today), *act.registry.ancestors(place, today)})


def known_communities(act: Act, slugs: Collection[str], *, pointer: str | None = None) -> list[str]:
    """The slugs of communities, each known today. Raises Invalid."""
    found, today = [], london_day(act.now)
    for place, slug in enumerate(slugs):
        at = pointer or f"/communities/{place}"
        try:
            selection = act.registry.resolve(slug, today)
        except AmbiguousCommunity as several:
            raise Invalid.one("icc.ambiguous", at, several.detail) from None
        except Invalid:
            raise Invalid.one("icc.unknown", at, "Name a slug of /v1/communities.") from None
        if selection.kind != "community":
            raise Invalid.one("icc.unknown", at, "Name a slug of /v1/communities.")
        found.append(selection.code)
    return found


def check_covers(act: Act, communities: Collection[str]) -> None:
    """Raises Forbidden unless the token covers all of these communities."""
    if act.caller.all_communities:
        return
    if not communities or not set(communities) <= own_communities(act):
        raise Forbidden("The token does not cover all communities that are named.")


def own_communities(act: Act) -> set[str]:
    """The communities that a token names, with all below them."""
    today = london_day(act.now)
    return {place for slug in act.caller.communities or () for place in act.registry.members(slug, today)}


def known_schools(act: Act, codes: Collection[str]) -> list[str]:
    """The codes of schools of the registry, each in a community that the caller covers. Raises Invalid."""
    today = london_day(act.now)
    places = {one.code: act.registry.where_counts(one, today) for one in act.registry.file.schools}
    errors = [
        FieldError("code.unknown", f"/schools/{place}", "The registry has no such school.")
        for place, code in enumerate(codes)
        if places.get(code) is None
    ]
    own = own_communities(act)
    errors += [
        FieldError(
            "row.out_of_scope", f"/schools/{place}", "The token does not cover this school's community."
        )
        for place, code in enumerate(codes)
        if not act.caller.all_communities and places.get(code) not in {None, *own}
    ]
    if errors:
        raise Invalid(errors=errors)
    return list(codes)


async def see_service(act: Act, key: str) -> PartnerService:
    """One service by its key. Raises NotFound."""
    service = await service_called(act.session, key)
    if service is None:
        raise NotFound
    return service
