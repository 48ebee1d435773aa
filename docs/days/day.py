"""What the days share: signing in, reading answers, waiting for what comes by itself, and the end of a day."""

import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("referrals", "outcomes", "trajectories")
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.1
T = TypeVar("T")


@dataclass(frozen=True)
class NextAction:
    """What a day leaves to be done. where: the list, feed or page that has it.   by: the moment or day, where there is one."""

    where: str
    what: str
    by: str | None = None


def tell(day: Callable[[], NextAction]) -> None:
    """Live a day and print what comes of it; AssertionError when it leaves nothing for anybody to do."""
    try:
        action = day()
    except httpx.ConnectError:
        sys.exit("Nobody answers. Start the system with ./icc up --demo, or name its data with ICC_DATA_DIR.")
    assert action.where, "the day ended, and nobody knows where what comes next stands"
    assert action.what, "the day ended, and nobody knows what comes next"
    by = f", by {action.by}" if action.by else ""
    print(f"Next action: {action.what}{by} ({action.where})")


def says(sentence: str) -> None:
    """One step of the day."""
    print(f"- {sentence}", flush=True)


def icc(*words: str, refused: bool = False) -> str:
    """What an `./icc` command prints. refused: whether it is to fail."""
    ran = subprocess.run(
        [sys.executable, "-m", "shared.cli", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode != 0) is refused, ran.stdout + ran.stderr
    return ran.stdout


def signed_in(
    service: str, role: str, *, org: str | None = None, community: str | None = None
) -> httpx.Client:
    """A client of a service with a token of a role, made as `./icc token` makes it."""
    words = ["token", "--role", role]
    words += ["--org", org] if org else []
    words += ["--community", community] if community else []
    return client(service, headers={"Authorization": f"Bearer {icc(*words).strip()}"})


def client(service: str, *, headers: dict[str, str] | None = None) -> httpx.Client:
    """A client of a service of the system whose data directory is `ICC_DATA_DIR`, or `.icc` here."""
    written = data_directory() / "run" / "port"
    if not written.exists():
        raise httpx.ConnectError(f"no system was started in {data_directory()}")
    port = int(written.read_text())
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port + SERVICES.index(service)}", headers=headers, timeout=30
    )


def data_directory() -> Path:
    """Where the running system keeps its data."""
    return Path(os.environ.get("ICC_DATA_DIR", ROOT / ".icc"))


def key() -> dict[str, str]:
    """The header of a request that creates: the same key sent again gets the first answer."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def version(of: Any) -> dict[str, str]:
    """The header of a change: it is made only if the thing is still as it was read."""
    return {"If-Match": f'W/"{of["version"]}"'}


def taken(answer: httpx.Response) -> Any:
    """The body of an answer that says yes."""
    assert answer.is_success, f"{answer.status_code}: {answer.text}"
    return answer.json()


def refused(answer: httpx.Response, status: int, code: str) -> Any:
    """The body of an answer that says no, and why."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    return answer.json()


def until(found: Callable[[], T | None]) -> T:
    """What comes by itself, a moment later: figures, deliveries, signals."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        thing = found()
        if thing:
            return thing
        assert time.monotonic() < end, f"it did not come within {PATIENCE_SECONDS} seconds"
        time.sleep(PAUSE_SECONDS)


def now() -> str:
    """This moment, as the interfaces write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def today() -> str:
    """This day in London, where it may begin an hour before the interfaces' own."""
    return f"{datetime.now(ZoneInfo('Europe/London')):%Y-%m-%d}"


def somebody(given: str, family: str, **more: Any) -> dict[str, Any]:
    """An invented person, with a number of the range that is kept for tests: another one each day."""
    return {"nhs_number": test_number(), "given": given, "family": family, "birth_date": "1938-02-11", **more}


def test_number() -> str:
    """A valid NHS number that begins with 999, as no real one does."""
    while True:
        digits = f"999{secrets.randbelow(900_000) + 100_000:06d}"
        check = (
            11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        )
        if check != 10 and len(set(digits)) > 1:
            return f"{digits}{check % 11}"


def referred(practice: httpx.Client, person: dict[str, Any], pathway: str, reason: str) -> Any:
    """A referral of somebody who is registered with the practice that refers."""
    body = {
        "patient": person,
        "requester": {"ods": person["registered_practice"]},
        "referred_at": now(),
        "pathway": pathway,
        "reason": reason,
        "legal_basis": "direct-care",
    }
    return taken(practice.post("/v1/referrals", json=body, headers=key()))


def accepted(worker: httpx.Client, referral: Any) -> Any:
    """The case that opens when a referral is accepted."""
    path = f"/v1/referrals/{referral['id']}/triage"
    opened = taken(worker.post(path, json={"decision": "accept"}, headers=version(referral)))
    return taken(worker.get(f"/v1/cases/{opened['case_id']}"))


def worked(worker: httpx.Client, case: Any, what: str, **body: Any) -> Any:
    """Something that is recorded of a case as it stands."""
    path = f"/v1/cases/{case['id']}"
    return taken(
        worker.post(f"{path}/{what}", json=body, headers={**key(), **version(taken(worker.get(path)))})
    )


def item_of(worklist: httpx.Client, path: str, referral: str, *, stage: str | None = None) -> Any:
    """What a worklist says is to be done next about a referral."""
    found = [one for one in items_of(worklist, path, referral) if stage in {None, one["stage"]}]
    assert found, f"{path} has nothing to be done about it"
    return found[0]


def items_of(worklist: httpx.Client, path: str, referral: str) -> list[Any]:
    """All that a worklist has to be done about a referral, soonest first."""
    found: list[Any] = []
    page: dict[str, Any] = {"limit": 500}
    while True:
        answer = taken(worklist.get(path, params=page))
        found += [one for one in answer["items"] if one["referral_id"] == referral]
        if answer["next"] is None:
            return found
        page["cursor"] = answer["next"]


def message(name: str, **told: str) -> Any:
    """A message of `messages/`, with what is told of it in the places that bear those names."""
    text = Template((Path(__file__).parent / "messages" / f"{name}.json").read_text()).substitute(
        message=uuid.uuid4(), now=now(), **told
    )
    return json.loads(text)


def send(sender: httpx.Client, message: Any) -> Any:
    """A message of the Booking and Referral Standard, under two ids of its own: the ServiceRequest that it became."""
    ids = {"X-Request-Id": str(uuid.uuid4()), "X-Correlation-Id": str(uuid.uuid4())}
    answer = sender.post(
        "/FHIR/R4/$process-message",
        content=json.dumps(message),
        headers={"Content-Type": "application/fhir+json", **ids},
    )
    return resource(taken(answer), "ServiceRequest")


def resource(bundle: Any, kind: str) -> Any:
    """The first resource of a kind in a message."""
    return next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind)
