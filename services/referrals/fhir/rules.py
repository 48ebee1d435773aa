"""What a message must be: its version, its workflow, its entries and how they hang together. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from shared.http.validation import json_pointer
from shared.problems import FieldError

REQUEST, RESPONSE = "servicerequest-request", "servicerequest-response"
REFERRAL: Final = "referral"
VALIDATION: Final = "validation"
Act = Literal["new", "update", "cancel"]

CASES: Final = "https://icc-platform.example/fhir/case-number"
"""The system of our own encounters' numbers, which are the ids of referrals."""
MOST_ENTRIES: Final = 500
"""The largest national example has 30."""
_VERSION: Final = re.compile(r"1\.[0-4]\.\d+(?:-[a-z]+(?:\.\d+)?)?")
"""Versions of the standard that are spoken, those of its trials too. Source: its releases, 1.0.0-beta to 1.4.0."""
_UUID: Final = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CURRENT: Final = ("active", "on-hold")
_ENDED: Final = ("revoked", "entered-in-error")

# Counts of a request's resources. Two encounters are let pass: updates and answers carry the receiver's too.
# Source: NHS England, MessageDefinition bars-message-servicerequest-request-referral, and its official examples.
_ONE: Final = ("ServiceRequest", "Patient", "CarePlan", "HealthcareService")
_AT_LEAST: Final[Mapping[str, int]] = {
    "Encounter": 1,
    "Organization": 2,
    "Practitioner": 1,
    "PractitionerRole": 1,
    "Consent": 1,
}
# Where nearly every resource points: a person's own surroundings close no circle.
_SURROUNDINGS: Final = frozenset(("subject", "patient", "encounter"))


@dataclass(frozen=True, slots=True)
class UseCase:
    """What a message may ask for. priority: None where the message or the pathway decides."""

    system: str
    code: str
    title: str
    category: str
    pathway: str
    priority: str | None


def speaks(version: str) -> bool:
    """Whether a version of the standard is spoken here."""
    return _VERSION.fullmatch(version) is not None


def act_of(reason: str, status: str, *, category: str) -> Act | None:
    """What a request does; None where its workflow variables do not fit. Source: Core 1.2.2, processing of bundles."""
    if reason == "new" and status == "active":
        return "new"
    if reason in ("update", "delete") and status in _ENDED:
        return "cancel"
    if reason == "update" and status in _CURRENT and category in (REFERRAL, VALIDATION):
        return "update"
    return None


def entry_faults(entries: list[Any]) -> Iterator[FieldError]:
    """What is wrong with the entries of a bundle, each by itself and beside the others."""
    seen: set[str] = set()
    for at, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            yield FieldError("bundle.entry", f"/entry/{at}/resource", "Each entry holds a resource.")
            continue
        url = entry.get("fullUrl")
        if not isinstance(url, str) or not url:
            yield FieldError("body.required", f"/entry/{at}/fullUrl", "Each entry has its fullUrl.")
        elif url in seen:
            yield FieldError("bundle.entry", f"/entry/{at}/fullUrl", "Two entries have this fullUrl.")
        else:
            seen.add(url)


def count_faults(counts: Mapping[str, int], act: Act) -> Iterator[FieldError]:
    """Which resources are missing or too many. counts: type → how often it stands in the bundle."""
    required = _ONE if act != "cancel" else ("ServiceRequest", "Patient")
    at_least = _AT_LEAST if act != "cancel" else {"Organization": 2}
    for kind in required:
        if counts.get(kind, 0) == 0:
            yield FieldError("body.required", "/entry", f"The message needs one {kind}.")
        elif counts[kind] > 1:
            yield FieldError("bundle.count", "/entry", f"The message has one {kind}, not several.")
    for kind, least in at_least.items():
        if counts.get(kind, 0) < least:
            yield FieldError("body.required", "/entry", f"The message needs {least} of {kind} at least.")


def graph_faults(entries: list[Any]) -> Iterator[FieldError]:
    """References to entries that are not there, and references that come back to where they begin."""
    urls = {entry["fullUrl"]: at for at, entry in enumerate(entries)}
    links: dict[int, list[int]] = {}
    for at, entry in enumerate(entries):
        for steps, reference in _references(entry["resource"]):
            target = urls.get(reference)
            if target is not None:
                if steps and steps[0] not in _SURROUNDINGS:
                    links.setdefault(at, []).append(target)
            elif reference.startswith("urn:uuid:"):
                pointer = json_pointer(("entry", at, "resource", *steps, "reference"))
                yield FieldError("reference.unresolved", pointer, "No entry of the bundle has this fullUrl.")
    if (at_cycle := _cycle(links)) is not None:
        yield FieldError(
            "reference.cycle", f"/entry/{at_cycle}/resource", "References lead back to this entry."
        )


def _references(resource: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each reference in a resource, and the steps that lead to it. Pointers would be made for nothing."""
    found: list[tuple[tuple[str | int, ...], Any]] = [((), resource)]
    while found:
        steps, one = found.pop()
        children: Iterable[tuple[str | int, Any]] = enumerate(one)
        if isinstance(one, dict):
            reference = one.get("reference")
            if isinstance(reference, str):
                yield steps, reference
            children = one.items()
        for step, child in children:
            if isinstance(child, (dict, list)) and step != "text":
                found.append(((*steps, step), child))


def _cycle(links: Mapping[int, Collection[int]]) -> int | None:
    """An entry that can be reached from itself; None where there is none."""
    ended: set[int] = set()
    for start in links:
        path: list[tuple[int, Iterator[int]]] = [(start, iter(links[start]))]
        standing = {start}
        while path and start not in ended:
            at, following = path[-1]
            following_one = next(following, None)
            if following_one is None:
                path.pop()
                standing.discard(at)
                ended.add(at)
            elif following_one in standing:
                return following_one
            elif following_one not in ended:
                standing.add(following_one)
                path.append((following_one, iter(links.get(following_one, ()))))
    return None


def is_uuid(text: object) -> bool:
    """Whether an id is a UUID, with hyphens or without."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def same_system(one: str | None, other: str) -> bool:
    """Whether two systems are one, for senders write `/id/` and `/Id/`, http and https. Source: the official examples."""
    return one is not None and _canonical(one) == _canonical(other)


def _canonical(system: str) -> str:
    return system.lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def instant(moment: datetime) -> str:
    """An instant as FHIR writes it, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
