"""How long what is owed to somebody outside is tried, when they are left alone, and where it may go. Pure."""

from collections.abc import Collection
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

TRIED_FOR: Final = timedelta(days=5)
PAUSED_AFTER: Final = 5
"""So many attempts in a row that failed pause what goes to a receiver."""
PAUSE: Final = timedelta(minutes=10)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=1)
_DOUBLINGS: Final = 10
# Addresses that lead to an IPv4 address within them: translation (RFC 6052), 6to4 and Teredo.
_LEADS_ON: Final = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


def wait_after(attempts: int) -> timedelta:
    """How long a delivery waits after so many attempts (1 or more): five seconds, doubled each time, an hour at most."""
    doubled: int = 2 ** min(attempts - 1, _DOUBLINGS)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def may_be_called(url: str, *, origins: Collection[str]) -> bool:
    """Whether an address may be registered: https without a password in it, or of a listed origin.

    A name is looked up only when it is called, and then each address of it must be public.
    """
    if not url.isascii() or any(character <= " " for character in url):
        return False
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and parts.port != 0
    except ValueError:
        return False
    if not named or parts.username is not None or parts.fragment:
        return False
    return is_listed(url, origins) or (parts.scheme == "https" and _is_outside(parts.hostname or ""))


def is_listed(url: str, origins: Collection[str]) -> bool:
    """Whether an address is of one of some exact origins."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" in origins


def is_public(address: str) -> bool:
    """Whether an address of the network belongs to the internet, and to no machine or network of its own."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(found)


def _is_public(found: IPv4Address | IPv6Address) -> bool:
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return _is_public(found.ipv4_mapped)
        if any(found in network for network in _LEADS_ON):
            return False
    return found.is_global and not found.is_multicast


def _is_outside(host: str) -> bool:
    """Whether a host may be a public one, as far as its name says."""
    try:
        ip_address(host)
    except ValueError:
        return host != "localhost" and not host.endswith((".localhost", ".local", ".internal"))
    return is_public(host)
