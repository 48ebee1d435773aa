"""The partners and services that the client's documents name, read once from a data file when a process starts."""

from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import orjson

from services.referrals.directory.rules import (
    PARTNER_KINDS,
    USUAL_WORKING_DAYS,
    Age,
    Directory,
    Need,
    Partner,
    PartnerService,
)

FILE: Final = Path(__file__).with_name("directory.json")
_TOLD: Final = ("pathway", "lived_experience", "peer_led", "volunteers")


def services_that_count(what: str) -> list[str]:
    """The keys of the services that count for a figure."""
    return [one.key for one in shipped().services.values() if what in one.counts]


@cache
def shipped() -> Directory:
    """What the file says. Raises KeyError, TypeError or ValueError for an incomplete entry: a start-up failure."""
    document: dict[str, Any] = orjson.loads(FILE.read_bytes())
    sources: dict[str, str] = document["sources"]
    partners = {row["code"]: _partner(row, sources) for row in document["partners"]}
    services = {row["key"]: _service(row, sources, partners) for row in document["services"]}
    if len(partners) < len(document["partners"]) or len(services) < len(document["services"]):
        raise ValueError("the directory names a partner or a service twice")
    if both := partners.keys() & services.keys():
        raise ValueError(f"the directory gives one name to a partner and to a service: {sorted(both)}")
    return Directory(partners, services)


def _partner(row: dict[str, Any], sources: dict[str, str]) -> Partner:
    if row["kind"] not in PARTNER_KINDS:
        raise ValueError(f"the directory knows no partner of the kind {row['kind']}")
    return Partner(
        row["code"], row["name"], row["kind"], tuple(row["communities"]), source=_source(row, sources)
    )


def _service(row: dict[str, Any], sources: dict[str, str], partners: dict[str, Partner]) -> PartnerService:
    partner = None if row["partner"] is None else partners[row["partner"]]
    ages, needs = tuple(row.get("ages", ())), tuple(row.get("needs", ()))
    if not set(ages) <= set(get_args(Age)) or not set(needs) <= set(get_args(Need)):
        raise ValueError(f"the directory says for whom {row['key']} is in words that nobody knows")
    return PartnerService(
        key=row["key"],
        name=row["name"],
        kind=row["kind"] if partner is None else partner.kind,
        provider=row["partner"],
        communities=tuple(row["communities"]) if partner is None else partner.communities,
        working_days=row.get("working_days", USUAL_WORKING_DAYS),
        counts=tuple(row.get("counts", ())),
        ages=ages,
        needs=needs,
        told={name: row[name] for name in _TOLD if name in row},
        source=_source(row, sources),
    )


def _source(row: dict[str, Any], sources: dict[str, str]) -> str:
    """What names an entry, with the part of the document where it stands."""
    return ", ".join(filter(None, (sources[row["source"]], row.get("section"))))
