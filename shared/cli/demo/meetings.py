"""Frailty meetings of each community: one that was held and discussed its agenda, and the next, which is planned."""

from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

from shared.cli.demo.promises import communities
from shared.cli.demo.scene import Scene
from shared.cli.demo.sending import Door, Who

SERVICE, MEETINGS = "referrals", "/v1/mdt-meetings"
CHAIR = "local:case-manager"
SINCE, AHEAD = timedelta(days=6), timedelta(days=40)
"""How long before the scene's end a meeting was held, and how long after it the next is."""
DISCUSSED = 5
ACTIONS = (
    ("Demonstration: review of the medicines with the pharmacist", 5),
    ("Demonstration: ask for an assistive technology visit", 60),
)
"""What is agreed, and how many days after the meeting it is due."""
PRESENT = (("gp", None), ("community", "{community}-icc"), ("acute", "RTX"))


def send_meetings(door: Door, scene: Scene, progress: Callable[[int, int], None]) -> str:
    """Meetings, and what was said of the cases on their agenda. Raises LocalError when something is refused."""
    said, slugs = 0, communities(scene)
    for number, slug in enumerate(slugs):
        said += _hold(door, scene, slug)
        progress(number + 1, len(slugs))
    return f"{2 * len(slugs)} meetings, {said} discussions"


def meeting(scene: Scene, slug: str, *, held: bool) -> dict[str, Any]:
    """The body of a community's meeting: held a few days before the scene's end, or planned after it."""
    gp = next(one.code for one in scene.surgeries if one.community == slug)
    seats = [
        {"org": gp if org is None else org.format(community=_team(slug)), "sector": sector, "present": held}
        for sector, org in PRESENT
    ]
    on = scene.last.last_day - SINCE if held else scene.last.last_day + AHEAD
    return {"kind": "frailty", "community": slug, "held_on": f"{on}", "chair": CHAIR, "attendees": seats}


def discussion(scene: Scene, case_id: str, number: int) -> dict[str, Any]:
    """What a meeting said of a case; every other action is due soon after it."""
    text, days = ACTIONS[number % len(ACTIONS)]
    due = scene.last.last_day - SINCE + timedelta(days=days)
    return {
        "case_id": case_id,
        "reason": "Demonstration: newly referred with frailty",
        "decisions": ["Demonstration: one plan for all who visit"],
        "actions": [{"text": text, "owner": CHAIR, "due_on": f"{due}"}],
    }


def _hold(door: Door, scene: Scene, slug: str) -> int:
    """A community's two meetings; how many cases the first discussed. What an earlier run discussed is left alone."""
    manager = Who("case-manager", communities=(slug,))
    held = door.post(manager, SERVICE, MEETINGS, meeting(scene, slug, held=True))
    door.post(manager, SERVICE, MEETINGS, meeting(scene, slug, held=False))
    address = f"{MEETINGS}/{held['id']}"
    already: list[Any] = door.get(manager, SERVICE, f"{address}/discussions")["items"]
    if already:
        return len(already)
    agenda: list[dict[str, Any]] = door.get(manager, SERVICE, f"{address}/agenda")["items"]
    cases = [item["case_id"] for item in islice(agenda, DISCUSSED)]
    for number, case_id in enumerate(cases):
        door.post(manager, SERVICE, f"{address}/discussions", discussion(scene, case_id, number))
    return len(cases)


def _team(slug: str) -> str:
    return slug.removesuffix("-icc")
