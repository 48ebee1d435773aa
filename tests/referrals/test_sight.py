"""Who sees which referral: one predicate decides, and the index that a list walks leaves out nothing that it lets pass."""

from typing import Any

from tests.referrals.builders import (
    EAST_PRACTICE,
    KENDAL_PRACTICE,
    LANCASTER_PRACTICE,
    OUTSIDE_PRACTICE,
    a_patient,
    a_referral,
)
from tests.referrals.sending import post
from tests.support.running import Running

HOSPITAL = "RTX"
SENT: list[tuple[str, str | None, str]] = [  # who sends it, the person's practice, the pathway
    (KENDAL_PRACTICE, KENDAL_PRACTICE, "case-management"),
    (KENDAL_PRACTICE, EAST_PRACTICE, "case-management"),
    (EAST_PRACTICE, LANCASTER_PRACTICE, "falls-prevention"),
    (HOSPITAL, KENDAL_PRACTICE, "urgent-response"),
    (HOSPITAL, LANCASTER_PRACTICE, "discharge-to-assess"),
    (HOSPITAL, OUTSIDE_PRACTICE, "case-management"),
    (HOSPITAL, None, "urgent-response"),  # hot, so the postcode of the home counts: Kendal
]
CALLERS: list[
    tuple[str, str | None, tuple[str, ...], int]
] = [  # role, organisation, communities, how many are seen
    ("practice-system", KENDAL_PRACTICE, (), 3),
    ("practice-system", EAST_PRACTICE, (), 2),
    ("practice-system", LANCASTER_PRACTICE, (), 2),
    ("practice-system", OUTSIDE_PRACTICE, (), 1),
    ("hospital-system", HOSPITAL, (), 4),
    ("hospital-system", "RXN", (), 0),
    ("partner", "urgent-response", (), 2),
    ("partner", "icat", (), 1),
    ("case-manager", "kendal-icc", (), 1),
    ("case-manager", "unrouted", (), 1),
    ("case-manager", None, ("kendal",), 3),
    ("case-manager", None, ("kendal", "lancaster"), 5),
    ("case-manager", None, ("south-cumbria",), 4),
    ("case-manager", None, ("unrouted",), 1),
    ("case-manager", None, ("east", "unrouted"), 2),
    ("case-manager", KENDAL_PRACTICE, ("lancaster",), 2),
    ("case-manager", None, ("nowhere",), 0),
    ("case-manager", None, ("morecambe-bay",), 7),
    ("case-manager", None, ("*",), 7),
    ("case-manager", None, (), 0),
    ("analyst", None, ("*",), 0),
]


async def _post(service: Running, sender: str, practice: str | None, pathway: str) -> str:
    document = a_referral(patient=a_patient(registered_practice=practice), pathway=pathway)
    receipt = await post(service, document, org=sender)
    made: str = receipt["id"]
    return made


async def _read(service: Running, made: list[str], token: dict[str, str]) -> set[str]:
    """Those seen by the statement that reads one."""
    answers = {one: await service.client.get(f"/v1/referrals/{one}", headers=token) for one in made}
    return {one for one, answer in answers.items() if answer.status_code == 200}


async def _listed(service: Running, token: dict[str, str]) -> set[str]:
    """Those seen by the statement of a list; a caller who sees nothing is forbidden the list."""
    answer = await service.client.get("/v1/referrals", headers=token)
    items: list[dict[str, Any]] = answer.json().get("items", [])
    return {item["id"] for item in items}


async def test_one_referral_and_the_list_of_them_show_a_caller_the_same(referrals: Running) -> None:
    made = [await _post(referrals, *one) for one in SENT]
    for role, org, communities, count in CALLERS:
        token = referrals.token(role, org=org, communities=communities)
        listed = await _listed(referrals, token)
        assert await _read(referrals, made, token) == listed, (role, org, communities)
        assert len(listed) == count, (role, org, communities, listed)
