"""A development lead: reads what the community needs, says what it sees, plans the next year, and sets a target."""

from datetime import date

from day import NextAction, key, referred, says, signed_in, somebody, taken, tell, today, until

PLACE = "grange-and-lakes"
THEME = "transport"
SAID = "The class moved to the village hall in autumn"


def day() -> NextAction:
    """The lead of Grange & Lakes, where falls are fewer since a programme began."""
    lead = signed_in("referrals", "development-lead", community=PLACE)
    figures = signed_in("trajectories", "development-lead", community=PLACE)
    practice = signed_in("referrals", "practice-system", org="A82053")
    quarter, next_year = quarter_of(date.fromisoformat(today()))

    heard = {"community": PLACE, "on": today(), "theme": THEME, "text": "No bus back after three"}
    taken(lead.post("/v1/insights", json=heard, headers=key()))
    freda = somebody("Freda", "Jopson", registered_practice="A82053")
    referred(practice, freda, "falls-prevention", "Afraid of falling again")
    needs = taken(lead.get(f"/v1/needs/{PLACE}", params={"quarter": quarter}))
    assert needs["exact"]
    pathways = {one["pathway"]: one["value"] for one in needs["pathways"]}
    themes = {one["theme"]: one["value"] for one in needs["insights"]}
    assert pathways["falls-prevention"] > 0
    assert themes[THEME] > 0
    says(
        f"reads what is needed: {pathways['falls-prevention']} referred for falls, {themes[THEME]} × {THEME}"
    )

    stale = taken(lead.get("/v1/services", params={"community": PLACE, "state": "stale"}))["items"]
    says(f"sees {len(stale)} services of the directory that nobody assured for six months")

    remark = {"community": PLACE, "measure": "falls-admissions-65", "period": quarter, "text": SAID}
    taken(figures.post("/v1/commentaries", json=remark, headers=key()))
    objective = {"core_function": "self-care", "text": "A class in each valley", "owner": "Development lead"}
    plan = {"status": "draft", "objectives": [objective]}
    drafted = taken(figures.put(f"/v1/annual-plans/{PLACE}/{next_year}", json=plan))
    assert drafted["status"] == "draft"
    says(f"says a sentence beside the chart of falls, and drafts the plan of {next_year}")

    of = {"community": PLACE, "measure": "referrals-received", "period": quarter}

    def referred_so_far() -> int:
        answer = taken(figures.get("/v1/performance", params={**of, "grain": "quarter"}))
        return answer["series"][0]["points"][0]["value"] or 0

    aimed = {**of, "kind": "value", "value": until(referred_so_far) + 4, "unit": "count"}
    target = taken(figures.put("/v1/targets", json=aimed))
    assert target["needed"] > 0
    assert SAID in figures.get(f"/communities/{PLACE}").text

    def needed_by_both() -> str | None:
        """What the interface and the page say alike: the referral of this morning is counted meanwhile."""
        targets = taken(figures.get("/v1/targets", params=of))["items"]
        progress = next(one["progress"] for one in targets if one["superseded_by"] is None)
        return progress if progress in figures.get(f"/communities/{PLACE}").text else None

    progress = until(needed_by_both)
    says(
        f"wants {target['target']} people referred in the quarter, and opens the community's page: all of it is there"
    )
    return NextAction(f"the page /communities/{PLACE}", f"Hear of more people: it {progress}")


def quarter_of(day: date) -> tuple[str, str]:
    """The financial year's quarter that a day lies in, and the financial year after."""
    year = day.year - (day.month < 4)
    return (
        f"{year}-{(year + 1) % 100:02}-Q{(day.month - 4) % 12 // 3 + 1}",
        f"{year + 1}-{(year + 2) % 100:02}",
    )


if __name__ == "__main__":
    tell(day)
