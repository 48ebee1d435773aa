"""What the demonstration sends, in which order, and in whose name."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.cli.calls import RefusedError
from shared.cli.demo.admissions import admitted
from shared.cli.demo.casework import send_referrals
from shared.cli.demo.lists import attendances_csv, registered_csv
from shared.cli.demo.measurements import measurement_batches
from shared.cli.demo.meetings import send_meetings
from shared.cli.demo.notes import notes
from shared.cli.demo.plans import MEASURE, bay_plans, quarters, version_of
from shared.cli.demo.promises import annual_plan, commentaries, communities, targets
from shared.cli.demo.scene import Scene
from shared.cli.demo.sending import ANALYST, CARE_TEAMS, HOSPITAL, LEADS, PUBLISHER, Door, Who
from shared.cli.push import Push, push_file
from shared.local import LocalError
from shared.local.directory import ROOT
from shared.months import Month, financial_year

COUNCIL = Who("council-feed", "cumbria")
QUARTER = "2019-20-Q4"
TABLES = ("reablement-routes.csv", "reablement-outcomes.xlsx")
CSV = "text/csv"
ACTIVITY = "/v1/activity/submissions"
VERSIONS = "/v1/trajectory-versions"
TARGETS, PLANS = "/v1/targets", "/v1/annual-plans"
MEASUREMENTS, LINES = "/v1/measurements/batch", "application/x-ndjson"
DRAFTS, CONFLICT = 5, 409
LEADS_AT_ONCE = 4

DASHBOARD = "the dashboard shows admissions, trajectories and targets to analysts; casework follows"
PUBLISHED = "everybody sees what may be seen of the figures so far"
WORKLISTS = "the worklists of case managers are filled"

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the demonstration does. run: does it, tells its progress, and gives what it came to in words.

    ready: what can be looked at from here on, in words.
    """

    title: str
    run: Callable[[Door, Scene, Progress], str]
    ready: str | None = None


Way = Sequence[Step]
"""Steps one after the other."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is done at once: ways that need not wait for each other. ready: what can be looked at once all are done."""

    ways: Sequence[Way]
    ready: str | None = None


def parts(*, publication: bool) -> Iterator[Part]:
    """Everything, in order: what others rest on comes first.

    publication: whether one is made. To decide its figures takes a core half a minute, so casework goes on beside it,
    and is published with the night's. What was measured is sent before: no figure of casework is then half in it.
    """
    yield Part(
        [
            [Step("emergency admissions", send_admissions)],
            [Step("list sizes", send_lists), Step("attendances", send_attendances)],
            [Step("reablement", send_reablement), Step("notes", send_notes)],
            [Step("plans and commentaries", send_plans)],
        ]
    )
    yield Part(
        [[Step("plan and trajectory", send_trajectory)], [Step("targets", send_targets)]], ready=DASHBOARD
    )
    casework = [
        Step("measurements", send_measurements),
        Step("referrals", send_referrals, ready=WORKLISTS),
        Step("meetings", send_meetings),
    ]
    published = [[Step("publication", publish, ready=PUBLISHED)]] if publication else []
    yield Part([*published, casework])


def send_lists(door: Door, scene: Scene, _progress: Progress) -> str:
    """The list sizes, as the analyst passes on the monthly publication."""
    return _sent(door, ANALYST, registered_csv(scene), "registered")


def send_admissions(door: Door, scene: Scene, _progress: Progress) -> str:
    """Record by record, as a hospital sends them."""
    return _sent(door, HOSPITAL, admitted(scene).csv, MEASURE)


def send_attendances(door: Door, scene: Scene, _progress: Progress) -> str:
    """Monthly counts of attendances."""
    return _sent(door, HOSPITAL, attendances_csv(scene), "ed-attendances")


def send_trajectory(door: Door, scene: Scene, progress: Progress) -> str:
    """The agreed plans, then a version of the shares for each quarter: an analyst drafts it, a publisher approves it."""
    for plan in bay_plans(scene):
        door.post(ANALYST, "trajectories", "/v1/bay-trajectories", plan)
    months = quarters(scene)
    for number, month in enumerate(months):
        _approve_shares(door, month)
        progress(number + 1, len(months))
    return f"2 years' plans, {len(months)} quarterly versions"


def send_reablement(door: Door, _scene: Scene, progress: Progress) -> str:
    """The council's real quarter, table by table as the council prints it."""
    connection = door.client(COUNCIL, "outcomes")
    for number, name in enumerate(TABLES):
        push_file(connection, Push("reablement", _tour(name), period=QUARTER), follow=lambda _done: None)
        progress(number + 1, len(TABLES))
    return f"Cumbria's {QUARTER} as it was printed"


def send_notes(door: Door, scene: Scene, progress: Progress) -> str:
    """What says that it is a demonstration, beside every series."""
    told = notes(scene)
    for number, note in enumerate(told):
        door.post(LEADS, "trajectories", "/v1/annotations", note)
        progress(number + 1, len(told))
    return f"{len(told)} notes say what is invented"


def send_targets(door: Door, scene: Scene, progress: Progress) -> str:
    """Targets that the leads set; one that stands already is left alone, for a new one would supersede it."""
    wanted = list(targets(scene))
    standing = {_place_of(one) for one in door.every(LEADS, "trajectories", TARGETS)}
    missing = [one for one in wanted if _place_of(one) not in standing]
    with ThreadPoolExecutor(LEADS_AT_ONCE) as pool:
        put = [pool.submit(door.put, LEADS, "trajectories", TARGETS, target) for target in missing]
        for number, done in enumerate(as_completed(put)):
            done.result()
            progress(number + 1, len(missing))
    return f"{len(wanted)} targets of {len(communities(scene))} communities"


def send_plans(door: Door, scene: Scene, _progress: Progress) -> str:
    """What communities mean to do this year, and what they say of the quarter."""
    year = financial_year(scene.last + 1).label
    planned = {one["community"] for one in door.every(LEADS, "trajectories", PLANS, {"year": year})}
    for slug in communities(scene):
        if slug not in planned:
            door.put(LEADS, "trajectories", f"{PLANS}/{slug}/{year}", annual_plan(slug))
    said = list(commentaries(scene))
    for commentary in said:
        door.post(LEADS, "trajectories", "/v1/commentaries", commentary)
    return f"{len(communities(scene))} annual plans, {len(said)} commentaries"


def send_measurements(door: Door, scene: Scene, progress: Progress) -> str:
    """Measurements in batches, as care teams' systems send them. Raises LocalError when a line is refused."""
    how_many, sent = scene.size.measurements, 0
    for batch in measurement_batches(scene, how_many):
        answer = door.posted(CARE_TEAMS, "outcomes", MEASUREMENTS, batch, content_type=LINES)
        told = [json.loads(line) for line in answer.text.splitlines()]
        refused = next((one for one in told if "code" in one), None)
        if refused is not None:
            raise LocalError(f"a measurement was refused: {refused['code']} {refused['pointer']}.")
        sent += len(told)
        progress(sent, how_many)
    return f"{sent:,} measurements of invented people"


def publish(door: Door, scene: Scene, _progress: Progress) -> str:
    """A cut, so that everybody sees what may be seen."""
    reason = {"reason": f"Demonstration of {scene.months[0]} to {scene.last}"}
    made = door.post(PUBLISHER, "trajectories", "/v1/publications", reason)
    return f"{made['cells']:,} figures, of {made['due']:,} that are not small {made['shown']:,} are shown"


def _approve_shares(door: Door, month: Month) -> None:
    """Puts shares in force from a month. Raises LocalError.

    The worker drafts what is due of its own accord and takes the place of our draft, or we of its: whichever stands is approved.
    """
    reason = {"reason": f"Demonstration: the shares of the quarter that begins in {month}."}
    for _attempt in range(DRAFTS):
        standing = _standing_version(door, month)
        if standing is None:
            standing = door.post(ANALYST, "trajectories", VERSIONS, version_of(month))
        if standing["status"] == "approved":
            return
        try:
            door.post(PUBLISHER, "trajectories", f"{VERSIONS}/{standing['id']}/approve", reason)
        except RefusedError as refused:
            if refused.status != CONFLICT:
                raise
        else:
            return
    raise LocalError(f"the shares from {month} could not be approved: drafts kept taking their place.")


def _standing_version(door: Door, month: Month) -> dict[str, Any] | None:
    """The version of a month that is approved or may still be."""
    return next(
        (
            one
            for one in door.every(ANALYST, "trajectories", VERSIONS, {"measure": MEASURE})
            if one["effective_from"] == str(month)
            and one["status"] != "rejected"
            and one["superseded_by"] is None
        ),
        None,
    )


def _place_of(target: Mapping[str, Any]) -> tuple[str, str, str]:
    return target["community"], target["measure"], target["period"]


def _sent(door: Door, who: Who, csv: bytes, measure: str) -> str:
    answer = door.post(who, "trajectories", ACTIVITY, csv, content_type=CSV, params={"measure": measure})
    return f"{answer['rows']['accepted']:,} rows, {answer['figures']:,} figures"


def _tour(name: str) -> Path:
    return ROOT / "docs" / "tour" / name
