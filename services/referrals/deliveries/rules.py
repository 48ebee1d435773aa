"""Which steps are answered, and where an answer may go. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

OUTCOMES: Final[Mapping[str, str]] = {
    "accept": "in-progress",
    "reject": "cancelled",
    "redirect-away": "cancelled",
    "discharge": "finished",
    "withdraw": "cancelled",
}
"""The status of our encounter after each step that a sender is told of."""
SETTLED: Final[Mapping[str, str]] = {"ok": "acknowledged", "fatal-error": "not-delivered"}
"""What an answer becomes by the message that replies to it; `transient-error` leaves it as it was. Source: FHIR, response-code."""
RESPONSE_CODES: Final = (*SETTLED, "transient-error")


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer is posted. service: system and id of the service behind the national proxy, None without one."""

    url: str
    service: tuple[str, str] | None = None


def target_of(endpoint: str, *, proxy: str | None, origins: Collection[str]) -> Target | None:
    """Where the answer to a message from an endpoint goes: an address of a listed origin, or a service through the proxy.

    Nothing else is ever called: an address in a message is a stranger's.
    """
    system, bar, value = endpoint.rpartition("|")
    if bar:
        url = None if proxy is None else f"{proxy.rstrip('/')}/$process-message"
        return None if url is None else Target(url, (system, value))
    parts = urlsplit(endpoint)
    listed = parts.username is None and f"{parts.scheme}://{parts.netloc}" in origins
    return Target(endpoint) if listed else None
