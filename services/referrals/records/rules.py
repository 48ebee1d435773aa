"""Which rows of referrals a caller may see, as values for the one predicate every query carries, and which lists make sense.

With communities in the token: the referrals of those. Without: those that its organisation sent, is the registered
practice of, or was asked to act on as a team. Whoever works referrals also sees those that were given to them.
A foreign referral is not there at all; a foreign list is forbidden.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.referrals.pathways.rules import UNROUTED
from shared.auth.caller import Caller
from shared.problems import FieldError

HIDDEN_ADDRESS: Final = "hidden-address"
UNNAMED: Final = "Name not known"
"""Where a name is shown."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the table a caller sees: everything, the referrals of some communities, or those of an organisation.

    communities: slugs of ICCs and "unrouted"; empty when the organisation decides.   org: None when communities decide.
    caseload: whose assigned referrals are seen beside these; None for who works none.
    """

    everything: bool = False
    communities: tuple[str, ...] = ()
    org: str | None = None
    caseload: str | None = None

    @property
    def values(self) -> tuple[bool, list[str], str | None, str | None]:
        """The parameters of `visible`, in the order of `seen_from`."""
        return self.everything, list(self.communities), self.org, self.caseload

    @property
    def nothing(self) -> bool:
        """Whether no list at all makes sense. A caseload alone is read at `/v1/worklists/me`."""
        return not (self.everything or self.communities or self.org)

    def sees_list_of(self, icc: str) -> bool:
        """Whether the caller may ask for a community's list. An organisation sees its own rows of any community."""
        return self.everything or self.org is not None or icc in self.communities


def sight_of(caller: Caller, *, iccs_of: Callable[[str], Iterable[str]], system: str, works: bool) -> Sight:
    """What a caller sees. iccs_of: the ICCs of a community of any level today.   system: the slug of the whole.

    works: whether the caller works referrals, and so has a caseload.

    The Bay-wide list of unrouted referrals is seen by who sees the whole, or names it.
    """
    caseload = caller.client if works else None
    if caller.communities is None:
        return Sight(org=caller.org, caseload=caseload)
    if caller.all_communities or system in caller.communities:
        return Sight(everything=True)
    named = {icc for slug in caller.communities if slug != UNROUTED for icc in iccs_of(slug)}
    return Sight(communities=tuple(sorted(named | (caller.communities & {UNROUTED}))), caseload=caseload)


def seen_from(first: int) -> dict[str, str]:
    """The names of the parameters of `visible` where they are numbered from `first` on."""
    names = ("everything", "communities", "org", "caseload")
    return {name: f"${first + offset}" for offset, name in enumerate(names)}


def visible(table: str = "referral", *, everything: str, communities: str, org: str, caseload: str) -> str:
    """The predicate in SQL over `referral`, or an alias of it, with the four names of its parameters ($7, :org …)."""
    return (
        f"(cast({everything} as boolean) or {table}.icc = any(cast({communities} as text[]))"
        f" or cast({org} as text) in ({table}.sent_by, {table}.registered_practice, {table}.team)"
        f" or {table}.assignee = cast({caseload} as text))"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to. first, last: days in Europe/London on which people were referred, both included.

    statuses: any of these.   but_stages: none of these, of what is accepted.
    """

    iccs: Sequence[str] | None = None
    status: str | None = None
    pathway: str | None = None
    team: str | None = None
    overdue: bool | None = None
    first: date | None = None
    last: date | None = None
    statuses: Sequence[str] | None = None
    but_stages: Sequence[str] | None = None

    def told(self) -> dict[str, object]:
        """Those that were given, for the audit: words of ours and days, and nothing of a person."""
        given = {
            "icc": None if self.iccs is None else list(self.iccs),
            "status": self.status,
            "pathway": self.pathway,
            "team": self.team,
            "overdue": self.overdue,
            "from": None if self.first is None else self.first.isoformat(),
            "to": None if self.last is None else self.last.isoformat(),
            "statuses": None if self.statuses is None else list(self.statuses),
            "but_stages": None if self.but_stages is None else list(self.but_stages),
        }
        return {name: value for name, value in given.items() if value is not None}


def filter_faults(
    filters: Filters, *, pathways: Collection[str], teams: Collection[str]
) -> Iterator[FieldError]:
    """What makes filters match nothing whatever is stored: such a list is refused rather than answered emptily."""
    if filters.pathway is not None and filters.pathway not in pathways:
        yield FieldError("enum", "/pathway", "The pathways are listed at /v1/pathways.")
    if filters.team is not None and filters.team not in teams:
        yield FieldError("enum", "/team", f"The teams are {', '.join(sorted(teams))}.")
    if filters.first is not None and filters.last is not None and filters.last < filters.first:
        yield FieldError("date.order", "/to", "The last day lies before the first.")


def change_faults(
    *, given: Collection[str], priority: str | None, patient: Collection[str]
) -> Iterator[FieldError]:
    """What is wrong with a merge patch. given: the members that it names.   patient: those of the person."""
    if "priority" in given and priority is None:
        yield FieldError("body.required", "/priority", "A priority can be changed and not removed.")
    if not patient and "priority" not in given:
        yield FieldError("body.required", "", "Name what changes: `priority`, or members of `patient`.")


def card_of(person: Mapping[str, Any], contact: Mapping[str, Any]) -> dict[str, Any]:
    """What a worklist shows of a person: names, birth date, the kinds of flags, and the postcode district of where they are."""
    postcode = contact.get("staying_at") or contact.get("postcode")
    return {
        "family": person.get("family"),
        "given": person.get("given"),
        "birth_date": person.get("birth_date"),
        "district": None if postcode is None else postcode.partition(" ")[0],
        "flags": [flag["kind"] for flag in contact.get("flags") or ()] or None,
    }


def name_of(given: str | None, family: str | None) -> str:
    """Given and family name; of somebody whom 999 could not name, that it is not known."""
    return " ".join(filter(None, (given, family))) or UNNAMED


def age_on(day: date, birth_date: date) -> int:
    """Whole years on a day. Somebody born on 29 February has a birthday on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def hides(flags: Iterable[Mapping[str, Any]] | None) -> bool:
    """Whether flags hide where the person is found from all but case managers."""
    return any(flag["kind"] == HIDDEN_ADDRESS for flag in flags or ())


def uncovers(held: Iterable[Mapping[str, Any]] | None, patient: Mapping[str, Any]) -> bool:
    """Whether a patch of the person shows an address again that the flags held hide."""
    return "flags" in patient and hides(held) and not hides(patient["flags"])
