"""`GET /v1/pathways`."""

from datetime import datetime

import pytest

from tests.referrals.builders import a_referral, keyed
from tests.support.running import Running

# Source: the interface, *Intake*, "Pathways".
PATHWAYS = [
    "case-management",
    "care-coordination",
    "social-prescribing",
    "health-coaching",
    "mdt-frailty",
    "mdt-mental-health",
    "mdt-children",
    "mdt-diabetes",
    "mdt-respiratory",
    "mdt-complex-families",
    "mdt-homeless",
    "falls-prevention",
    "carer-support",
    "care-home-support",
    "homeless-health",
    "substance-use",
    "health-check",
    "transition-to-adult",
    "end-of-life",
    "rehabilitation",
    "reablement",
    "urgent-response",
    "discharge-to-assess",
]


async def test_the_pathways_are_listed_with_their_teams_and_clocks(referrals: Running) -> None:
    answer = await referrals.client.get("/v1/pathways", headers=referrals.token("dashboard"))
    assert answer.status_code == 200, answer.text
    items = {item["key"]: item for item in answer.json()["items"]}
    assert list(items) == PATHWAYS
    assert [key for key, item in items.items() if item["hot"]] == ["urgent-response", "discharge-to-assess"]
    teams = {team["icc"]: team["team"] for team in items["discharge-to-assess"]["teams"]}
    assert (teams["lancaster"], teams["kendal"]) == ("icat", "urgent-response")
    assert teams["unrouted"] == "urgent-response"
    assert items["urgent-response"]["clocks"]["routine"]["start"]["minutes"] == 120


@pytest.mark.parametrize(
    ("pathway", "priority"),
    [
        ("mdt-homeless", "routine"),
        ("transition-to-adult", "routine"),
        ("end-of-life", "urgent"),
        ("rehabilitation", "routine"),
    ],
)
async def test_a_referral_on_each_newer_pathway_goes_to_the_community_with_the_usual_priority(
    referrals: Running, practice: dict[str, str], pathway: str, priority: str
) -> None:
    document = a_referral(pathway=pathway, priority=None)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["team"], receipt["priority"]) == ("kendal-icc", priority)
    limits = [datetime.fromisoformat(receipt["due"][clock]) for clock in ("triage_by", "start_by")]
    assert datetime.fromisoformat(receipt["received_at"]) < limits[0] < limits[1]
