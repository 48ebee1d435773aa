"""The places of one level on a day, as a query would name each."""

from datetime import date

from shared.registry.registry import Registry
from shared.registry.selection import COUNCIL_PREFIX, PCN_PREFIX, Selection


def places_of_level(registry: Registry, level: str | None, on: date) -> list[Selection]:
    """The places in force on a day, of one level of the contract; without one the communities of every level."""
    match level:
        case "pcn":
            return [
                Selection(f"{PCN_PREFIX}{item.code}", "pcn", item.code, "pcn")
                for item in registry.file.networks
                if item.holds(on)
            ]
        case "council":
            return [
                Selection(f"{COUNCIL_PREFIX}{item.slug}", "council", item.slug, "council")
                for item in registry.file.councils
                if item.holds(on)
            ]
        case "practice":
            return [
                Selection(item.code, "practice", item.code, "practice")
                for item in registry.file.practices
                if item.holds(on)
            ]
        case _:
            return [
                Selection(item.slug, "community", item.slug, item.level)
                for item in registry.communities(on)
                if level is None or item.level == level
            ]
