"""What communities promise and say: targets, commentaries, annual plans. Invented, but for what the annual report tells of. Pure."""

from collections.abc import Iterator
from typing import Any

from shared.cli.demo.scene import Scene
from shared.months import financial_quarter, financial_year, month_range

REABLED = ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east")
"""The communities whose council sent the real quarter."""
# Local innovations and initiatives that the annual report and Lancaster's summary tell of.
LOCAL = {
    "grange-and-lakes": "Falls classes of twelve weeks with a voluntary service",
    "kendal": "IMatter: mental health of children and young people",
    "lancaster": "Health checks at livestock auctions, and a co-led substance clinic at a surgery",
}
USUAL_LOCAL = "Children's multidisciplinary meetings with the link paediatrician"
POSTS = (("Case manager", 3.0, 2.6), ("Care coordinator", 2.0, 2.0), ("Development lead", 1.0, 1.0))


def communities(scene: Scene) -> list[str]:
    """The communities of the scene that plan for themselves, in order: those of which something is assumed."""
    return [
        slug for slug in scene.figures.communities if any(one.community == slug for one in scene.surgeries)
    ]


def targets(scene: Scene) -> Iterator[dict[str, Any]]:
    """Targets: a tenth more reablement a year on; fewer falls by the quarter, and fewer attendances by the month."""
    year = financial_year(scene.last + 1)
    months = month_range(scene.last - 11, year.last)
    quarters = dict.fromkeys(financial_quarter(month).label for month in months)
    for slug in communities(scene):
        if slug in REABLED:
            yield _more(slug, "reablement-assessments", "2020-21-Q4", 10)
        for quarter in quarters:
            yield _more(slug, "falls-admissions-65", quarter, -5)
        for month in months:
            yield _more(slug, "ed-attendances", str(month), -2)


def commentaries(scene: Scene) -> Iterator[dict[str, Any]]:
    """A sentence of each community beside its newest quarter that has ended."""
    quarter = financial_quarter(scene.last - 2)
    falls = scene.figures.falls
    for slug in communities(scene):
        classes = slug == falls.community
        said = (
            "the falls classes have a waiting list, and the second group began in the autumn."
            if classes
            else "two of the three case managers are new, and triage of a Monday's referrals runs into Wednesday."
        )
        yield {
            "measure": "falls-admissions-65" if classes else "non-elective-admissions",
            "community": slug,
            "period": quarter.label,
            "text": f"Demonstration: {said}",
        }


def annual_plan(slug: str) -> dict[str, Any]:
    """The plan of a community: three objectives on core functions, a local innovation, and its posts."""
    return {
        "status": "agreed",
        "objectives": [
            {
                "core_function": "risk-stratification",
                "text": "Demonstration: everybody with severe frailty has an assessment offered",
                "measure": "emergency-frailty-admissions",
                "owner": "Clinical lead",
            },
            {
                "core_function": "care-planning",
                "text": "Demonstration: one in ten fewer urgent arrivals without a care plan",
                "owner": "Case manager",
            },
            {
                "core_function": "self-care",
                "text": "Demonstration: fewer attendances at the emergency department",
                "measure": "ed-attendances",
                "target": "2 per cent fewer than the year before",
                "owner": "Development lead",
            },
            {"local": True, "text": LOCAL.get(slug, USUAL_LOCAL), "owner": "Development lead"},
        ],
        "workforce": [
            {"role": role, "funded_wte": funded, "in_post_wte": filled} for role, funded, filled in POSTS
        ],
    }


def _more(community: str, measure: str, period: str, per_cent: int) -> dict[str, Any]:
    return {
        "community": community,
        "measure": measure,
        "period": period,
        "kind": "increase",
        "value": per_cent,
        "unit": "percent",
    }
