"""Sends the lives of referrals: each sender refers in its own name, each community's case manager works its cases.

Several lives are sent at once; within one each act waits for the answer to the one before.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.cli.calls import RefusedError
from shared.cli.demo.lives import Act, Life, lives
from shared.cli.demo.messages import id_of, message_of
from shared.cli.demo.scene import Scene
from shared.cli.demo.sending import HOSPITAL, Door, Who

AT_ONCE = 6
SERVICE = "referrals"
CONFLICT, PRECONDITION_FAILED = 409, 412
MESSAGES, FHIR = "/FHIR/R4/$process-message", "application/fhir+json"
PATHS = {
    "contact": "contacts",
    "assessment": "assessments",
    "onward": "onward-referrals",
    "review": "reviews",
    "discharge": "discharge",
}
RAISES = frozenset({"assessment", "onward", "review"})
"""The acts after which a case has its next version."""


def send_referrals(door: Door, scene: Scene, progress: Callable[[int, int], None]) -> str:
    """All referrals with what became of them. Raises LocalError when something is refused."""
    how_many, acts = scene.size.referrals, 0
    # Lists are in the order of receipt: it is that of the days on which people were referred.
    wanted = sorted(lives(scene, how_many), key=lambda life: str(life.referral["referred_at"]))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(partial(_live, door, life)) for life in wanted]
        try:
            for number, done in enumerate(as_completed(sent)):
                acts += done.result()
                progress(number + 1, how_many)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # else the thousands that wait would be sent first
            raise
    return f"{how_many:,} referrals, {acts:,} acts of casework"


@dataclass(slots=True)
class _Case:
    """A case as it is worked. version: the one that the next act names."""

    id: str
    version: int = 1


def _live(door: Door, life: Life) -> int:
    """Send one referral and do what becomes of it; how many acts that were."""
    referral = _refer(door, life)
    if referral is None:
        return 0
    manager = _worked_by(referral)
    case = _Case("")
    for act in life.acts:
        if act.what == "triage":
            path = f"/v1/referrals/{referral['id']}/triage"
            decided = door.post(manager, SERVICE, path, act.body, version=referral["version"])
            case = _Case(decided["case_id"] or "")
        elif act.what == "care-plan":
            _plan(door, manager, case, act.body)
        else:
            _work(door, manager, case, act)
    return len(life.acts)


def _refer(door: Door, life: Life) -> dict[str, Any] | None:
    """The referral as its sender is told of it; None of a message that an earlier run sent with all that became of it."""
    sender = _sender(life.sender)
    if not life.by_fhir:
        return door.post(sender, SERVICE, "/v1/referrals", life.referral)
    ids = {name: f"{id_of(life.referral, name)}" for name in ("X-Request-Id", "X-Correlation-Id")}
    content = json.dumps(message_of(life.referral)).encode()
    try:
        answer = door.posted(sender, SERVICE, MESSAGES, content, content_type=FHIR, headers=ids)
    except RefusedError as refused:
        if refused.status != CONFLICT:
            raise
        return None
    kept = next(
        one["resource"]["id"]
        for one in answer.json()["entry"]
        if one["resource"]["resourceType"] == "ServiceRequest"
    )
    return door.get(sender, SERVICE, f"/v1/referrals/{kept}")


def _work(door: Door, manager: Who, case: _Case, act: Act) -> None:
    path = f"/v1/cases/{case.id}/{PATHS[act.what]}"
    told = door.post(manager, SERVICE, path, act.body, version=case.version)
    if act.what in RAISES:
        case.version += 1
    if act.then is not None:
        door.post(manager, SERVICE, f"/v1/onward-referrals/{told['id']}/respond", act.then)


def _plan(door: Door, manager: Who, case: _Case, body: dict[str, Any]) -> None:
    """The first plan of a case; one that is there already was sent by an earlier run."""
    try:
        door.put(manager, SERVICE, f"/v1/cases/{case.id}/care-plan", body, version="*")
    except RefusedError as refused:
        if refused.status != PRECONDITION_FAILED:
            raise


def _sender(code: str) -> Who:
    return HOSPITAL if code == HOSPITAL.org else Who("practice-system", code)


def _worked_by(referral: Mapping[str, Any]) -> Who:
    """The case manager of the community, or the team that hot work was given to."""
    icc, team = referral["icc"], referral["team"]
    if team in {None, f"{icc}-icc", icc}:
        return Who("case-manager", communities=(icc,))
    return Who("case-manager", team)
