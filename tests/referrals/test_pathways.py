"""`GET /v1/pathways`."""

from tests.support.running import Running


async def test_the_pathways_are_listed_with_their_teams_and_clocks(referrals: Running) -> None:
    answer = await referrals.client.get("/v1/pathways", headers=referrals.token("dashboard"))
    assert answer.status_code == 200, answer.text
    items = {item["key"]: item for item in answer.json()["items"]}
    assert len(items) == 19
    assert [key for key, item in items.items() if item["hot"]] == ["urgent-response", "discharge-to-assess"]
    teams = {team["icc"]: team["team"] for team in items["discharge-to-assess"]["teams"]}
    assert (teams["lancaster"], teams["kendal"], teams["unrouted"]) == ("icat", "urgent-response", "unrouted")
    assert items["urgent-response"]["clocks"]["routine"]["start"]["minutes"] == 120
