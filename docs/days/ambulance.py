"""A 999 clinician: finds somebody on the floor at home, asks the urgent team to go instead, and hears what came of it.

The answers are posted to the ambulance service's own address, which the system must know: it is started with
`ICC_DELIVERY_ORIGINS=http://127.0.0.1:8090 ./icc up --demo`, and this day listens there.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, Queue
from typing import Any
from urllib.parse import urlsplit

from day import (
    PATIENCE_SECONDS,
    NextAction,
    item_of,
    key,
    message,
    now,
    resource,
    says,
    send,
    signed_in,
    taken,
    tell,
    today,
    until,
    version,
)

ORIGIN = os.environ.get("ICC_DELIVERY_ORIGINS", "http://127.0.0.1:8090").split(",")[0]
URGENT_TEAM = "/v1/worklists/teams/urgent-response"


def day() -> NextAction:
    """An ambulance in Kendal, the urgent response team, and the physiotherapists."""
    ambulance = signed_in("referrals", "hospital-system", org="RX7")
    team = signed_in("referrals", "case-manager", org="urgent-response")
    with answers_to(ORIGIN) as answers:
        asked = message(
            "fall-at-home",
            given="Nora",
            family="Fell",
            case=f"incident-{now()}",
            endpoint=f"{ORIGIN}/answers",
        )
        request = send(ambulance, asked)
        item = item_of(team, URGENT_TEAM, request["id"])
        assert (item["stage"], item["priority"]) == ("triage", "two-hour")
        assert {"scene-safety", "tracing"} <= set(item["flags"])
        says(f"asks by a message, without an NHS number: the urgent team triages it by {item['due']}")

        referral = taken(team.get(f"/v1/referrals/{request['id']}"))
        path = f"/v1/referrals/{request['id']}"
        accepted = taken(team.post(f"{path}/triage", json={"decision": "accept"}, headers=version(referral)))
        interim = next_of(answers)
        assert (interim["asked"], interim["status"]) == (asked["id"], "in-progress")
        says("hears at once that the urgent team goes, and leaves: the interim answer")

        case = f"/v1/cases/{accepted['case_id']}"
        visit = {"at": now(), "kind": "visit", "with": "person", "outcome": "done", "face_to_face": True}
        taken(team.post(f"{case}/contacts", json=visit, headers=key()))
        classes = {"service": "physiotherapy", "reason": "Strength and balance class, after a fall at home"}
        onward = taken(
            team.post(
                f"{case}/onward-referrals", json=classes, headers={**key(), **version(taken(team.get(case)))}
            )
        )
        end = {"discharged_on": today(), "outcome": "referred-on"}
        taken(team.post(f"{case}/discharge", json=end, headers={**key(), **version(taken(team.get(case)))}))
        final = next_of(answers)
        assert (final["asked"], final["status"]) == (asked["id"], "finished")
        says("hears in the evening that the team was there and what follows is arranged: the final answer")

    def both_acknowledged() -> bool:
        told = taken(ambulance.get("/v1/deliveries", params={"referral": request["id"]}))["items"]
        return [one["status"] for one in told] == ["acknowledged", "acknowledged"]

    until(both_acknowledged)
    physiotherapy = signed_in("referrals", "partner", org="physiotherapy")
    theirs = taken(physiotherapy.get(f"/v1/onward-referrals/{onward['id']}"))
    assert theirs["status"] == "sent"
    assert item_of(team, URGENT_TEAM, request["id"])["stage"] == "onward-answer"
    return NextAction("what the physiotherapists were asked", theirs["reason"], theirs["due"])


def next_of(answers: Queue[Any]) -> Any:
    """The next answer that is posted."""
    try:
        return answers.get(timeout=PATIENCE_SECONDS)
    except Empty:
        raise AssertionError(
            f"no answer came: was the system started with {ORIGIN} in ICC_DELIVERY_ORIGINS?"
        ) from None


@contextmanager
def answers_to(origin: str) -> Iterator[Queue[Any]]:
    """The ambulance service's own receiver: which message each answer is about, and what it says."""
    answers: Queue[Any] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bundle = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            header = resource(bundle, "MessageHeader")
            about = next(
                one["resource"]
                for one in bundle["entry"]
                if one["fullUrl"] == header["focus"][0]["reference"]
            )
            answers.put({"asked": header["response"]["identifier"], "status": about["status"]})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    address = urlsplit(origin)
    assert address.hostname is not None
    server = HTTPServer((address.hostname, address.port or 80), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    tell(day)
