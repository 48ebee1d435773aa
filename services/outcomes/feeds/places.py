"""Which place a printed name or code means, and whether the sending council answers for it.

A Fault is a name that means no place, or a place for which the council does not answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.outcomes.feeds.declarations import Feed, PlaceKind
from shared.registry.names import fold
from shared.registry.registry import Registry
from shared.registry.selection import COUNCIL_PREFIX, Outside
from shared.workbooks.sheets import Fault

OUT_OF_SCOPE: Final = "row.out_of_scope"
UNKNOWN: Final = "icc.unknown"

_PRACTICE: Final = re.compile(r"[A-Z][0-9]{5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place figures are stored for. alias: whether it was written as another name than its own."""

    code: str
    alias: bool = False


@dataclass(frozen=True, slots=True)
class OutsidePlace:
    """A place known to lie outside the system: reconciled with the rest, then left out."""


Place = KnownPlace | OutsidePlace | Fault
OUTSIDE: Final = OutsidePlace()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The registry as one council's file of one feed sees it."""

    registry: Registry
    feed: Feed
    council: str

    def community(self, text: str, on: date) -> Place:
        """The community a column or an `icc` cell means on a day."""
        found = self.registry.by_alias(text, self.council)
        if isinstance(found, Outside):
            return OUTSIDE
        community = None if found is None else self.registry.community(found)
        if community is None:
            return self._unknown(text, on)
        if community.level != "icc":
            return self._at_another_level(community.slug, on)
        if self.council not in self.registry.councils_of(community.slug, on):
            return self._out_of_area(community.name, self.registry.councils_of(community.slug, on), on)
        return KnownPlace(
            community.slug, alias=fold(text) not in {fold(community.slug), fold(community.name)}
        )

    def names_a_place(self, text: str) -> bool:
        """Whether a text is a name that the registry knows, whoever answers for the place."""
        return self.registry.by_alias(text, self.council) is not None

    def practice(self, text: str, on: date) -> Place:
        """The practice a `practice` cell means on a day."""
        code = text.upper()
        if not _PRACTICE.fullmatch(code):
            return Fault("ods.format", "A practice code is a letter and five digits, for example A82026.")
        practice = self.registry.practice(code)
        if practice is None:
            known = self.registry.outside_practice(code) is not None
            return (
                OUTSIDE
                if known
                else Fault("ods.unknown", "The registry knows no such practice. Check the code.")
            )
        mine = code in self.registry.practices_of_council(self.council, on)
        community = self.registry.icc_of_practice(code, on)
        if not mine and self.council not in self.registry.councils_of(community, on):
            return self._out_of_area(code, self.registry.councils_of(community, on), on)
        return KnownPlace(code)

    def place(self, text: str, on: date, kinds: Sequence[PlaceKind]) -> Place:
        """The place a `place` cell means on a day, where its figure is counted by places of these kinds."""
        if "council" in kinds:
            return self._own_council(text, on)
        if "system" in kinds:
            return self._whole_system(text)
        return self.community(text, on)

    def other_councils_in(self, text: str) -> list[str]:
        """The councils but the sender that a text names, as "Cumbria County" or in full: a place's name alone is none."""
        words = f" {fold(text)} "
        return [
            one.name
            for one in self.registry.file.councils
            if one.slug != self.council and f" {fold(one.name).removesuffix(' council')} " in words
        ]

    def _own_council(self, text: str, on: date) -> Place:
        slug = self._council_named(text)
        if slug == self.council:
            council = self.registry.council(slug)
            return (
                KnownPlace(slug)
                if council is not None and council.holds(on)
                else self._out_of_area(slug, (), on)
            )
        mend = f"Write {self.council} in its place."
        if slug is not None:
            return Fault(OUT_OF_SCOPE, f"Each council sends this figure for itself alone. {mend}")
        if self.registry.by_alias(text) is not None:
            return Fault(OUT_OF_SCOPE, f"This figure is counted by council, not by community or area. {mend}")
        return Fault(UNKNOWN, f"The registry knows no council of this name. {mend}")

    def _whole_system(self, text: str) -> Place:
        whole = self.registry.system
        if self.registry.by_alias(text) == whole:
            return KnownPlace(whole)
        mend = f"This figure is counted once for the whole system. Write {whole} in its place."
        known = self._council_named(text) is not None or self.registry.by_alias(text) is not None
        return Fault(OUT_OF_SCOPE if known else UNKNOWN, mend)

    def _council_named(self, text: str) -> str | None:
        name = text.strip()
        return self.registry.council_by_name(name) or self.registry.council_by_name(
            name[len(COUNCIL_PREFIX) :] if name.casefold().startswith(COUNCIL_PREFIX) else name
        )

    def _unknown(self, text: str, on: date) -> Fault:
        if self._council_named(text) is not None:
            mine = ", ".join(self.registry.communities_of_council(self.council, on))
            return Fault(
                UNKNOWN,
                "This names a council. The figures of this feed are by community: "
                f"send your communities apart{f': {mine}' if mine else ''}.",
            )
        near = self.registry.nearest_name(text)
        hint = f" The nearest known name is “{near}”." if near else ""
        return Fault(UNKNOWN, f"The registry knows no community of this name.{hint}")

    def _at_another_level(self, slug: str, on: date) -> Fault:
        below = ", ".join(self.registry.children(slug, on))
        whole = self.registry.icc_of(slug, on)
        return Fault(
            UNKNOWN,
            f"This names a part of {whole}. Send the figures of the whole community."
            if whole
            else f"This names an area, not one community. Send its communities apart: {below}.",
        )

    def _out_of_area(self, place: str, councils: Sequence[str], on: date) -> Fault:
        """Why a place's figures are not the sender's. councils: those that serve it on the day, of any kind."""
        others = [one for slug in councils if (one := self.registry.council(slug)) is not None]
        senders = [one.name for one in others if one.kind in self.feed.suppliers]
        known = self.registry.council(self.council)
        me = self.council if known is None else known.name
        whose = f": {' and '.join(senders)} did, and sends it" if senders else ""
        return Fault(
            OUT_OF_SCOPE,
            f"{me} did not answer for {place} on {on:%d %B %Y}{whose}. Leave it out, of the totals too.",
        )

    def own_communities(self, on: date) -> list[tuple[str, str]]:
        """Slug and name of each community that the sending council serves on a day."""
        mine = set(self.registry.communities_of_council(self.council, on))
        return [(one.slug, one.name) for one in self.registry.communities(on, "icc") if one.slug in mine]

    def why_outside(self, text: str) -> str:
        """Why a place known to lie outside is left out of what is stored."""
        found = self.registry.by_alias(text, self.council)
        name = found.name if isinstance(found, Outside) else text
        whole = self.registry.community(self.registry.system)
        return f"{name} lies outside {whole.name if whole else self.registry.system}"
