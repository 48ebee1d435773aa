"""Which measurements a caller sees and may record, from the token and the registry.

With communities in the token: those of their people. Without: what the organisation sent, or is named for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import TextClause, text

from shared.auth.caller import Caller
from shared.months import london_day
from shared.registry.registry import Registry
from shared.service.acting import Act

READ: Final = "measurements.read"
WRITE: Final = "measurements.write"
_NAMES: Final = ("everything", "communities", "org")


@dataclass(frozen=True, slots=True)
class Sight:
    """everything: of all communities.   communities: ICCs and lines; empty when the organisation decides.   org: whose."""

    everything: bool = False
    communities: tuple[str, ...] = ()
    org: str | None = None

    @property
    def values(self) -> tuple[bool, list[str], str | None]:
        """The parameters of `visible`, in order."""
        return self.everything, list(self.communities), self.org

    def may_record_at(self, icc: str) -> bool:
        """Whether a measurement may be recorded at a community; an organisation's own may be of any."""
        return self.everything or self.org is not None or icc in self.communities


def sight(caller: Caller, *, registry: Registry, on: date) -> Sight:
    """What a caller sees on a day."""
    if caller.communities is None:
        return Sight(org=owner_of(caller))
    if caller.all_communities or registry.system in caller.communities:
        return Sight(everything=True)
    seen = {place for slug in caller.communities for place in registry.members(slug, on)}
    return Sight(communities=tuple(sorted(seen)))


def owner_of(caller: Caller) -> str:
    """Whose the measurements are that a caller sends: its organisation's, or the client's where the token names none."""
    return caller.org or f"client:{caller.client}"


def visible(table: str = "measurement", *, everything: str, communities: str, org: str) -> str:
    """The predicate in SQL over `measurement`, or an alias of it, with the names of its parameters ($1, :org …)."""
    return (
        f"(cast({everything} as boolean) or {table}.icc = any(cast({communities} as text[]))"
        f" or cast({org} as text) in ({table}.sent_by, {table}.practice))"
    )


def seen_by(act: Act, table: str = "measurement") -> TextClause:
    """The condition of every query over `measurement`, or an alias of it: what the act's caller sees."""
    seen = sight(act.caller, registry=act.registry, on=london_day(act.now))
    given: Mapping[str, Any] = dict(zip(_NAMES, seen.values, strict=True))
    return text(visible(table, **{name: f":{name}" for name in _NAMES})).bindparams(**given)
