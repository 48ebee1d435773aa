"""Where events may go: the internet, and never a network of ours."""

import pytest

from shared.deliveries.receivers import open_receivers
from shared.deliveries.rules import is_public, may_be_called
from tests.support.receiving import receiving

LISTED = ("http://10.0.0.7:8080",)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://receiver.example/events?of=icc", True),
        ("https://93.184.216.34/", True),
        ("http://receiver.example/", False),
        ("https://user:word@receiver.example/", False),
        ("https://receiver.example/#part", False),
        ("https://localhost/", False),
        ("https://mail.internal/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://10.0.0.7/", False),
        ("https://169.254.169.254/latest", False),
        ("https://receiver.example:99999/", False),
        ("https://[not/", False),
        ("https:///events", False),
        ("https://receiver.example/a b", False),
        ("receiver.example", False),
        ("http://10.0.0.7:8080/events", True),
        ("http://10.0.0.7:8081/events", False),
        ("http://10.0.0.7:8080@evil.example/", False),
    ],
)
def test_what_may_be_registered(url: str, *, may: bool) -> None:
    assert may_be_called(url, origins=LISTED) == may


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to refuse
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("receiver.example", False),
    ],
)
def test_which_addresses_are_public(address: str, *, public: bool) -> None:
    assert is_public(address) == public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
async def test_a_name_that_leads_into_our_network_is_not_connected_to(host: str) -> None:
    async with receiving() as receiver, open_receivers(()) as receivers:
        port = receiver.origin.rpartition(":")[2]
        for scheme in ("http", "https"):
            assert await receivers.post(f"{scheme}://{host}:{port}/", b"{}", {}) is None
        assert receiver.got == []


async def test_a_listed_origin_is_called_wherever_it_is_and_nothing_beside_it() -> None:
    async with receiving() as receiver, receiving() as other, open_receivers((receiver.origin,)) as receivers:
        assert await receivers.post(f"{receiver.origin}/events", b"{}", {}) == 200
        assert await receivers.post(f"{other.origin}/events", b"{}", {}) is None
        assert (len(receiver.got), other.got) == (1, [])
