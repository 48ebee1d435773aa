"""`python -m benchmarks.messages [--seconds 4] [--rounds 5] [--steady 30]`: the national door beside the JSON route.

First as fast as both go. Then at ten times a busy day: 36,000 messages in ten hours are one a second, so ten a second, each sent when
it is due whether others were answered or not, and timed from then.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import orjson

from benchmarks.__main__ import HALF, HEAD, Comparison, Side, measure
from benchmarks.bodies import PEOPLE, PRACTICE, intake_requests, nhs_numbers
from benchmarks.load import Burst, request
from benchmarks.servers import Server, databases, serve, tokens_of
from shared.fhir.datatypes import EXTENSIONS, NHS_NUMBER, ODS_CODE
from shared.ids import new_id
from shared.local.temporary import temporary_servers

PATH = "/FHIR/R4/$process-message"
RATE = 10
AT = "2026-06-12T09:30:00+01:00"
BARS = "https://fhir.nhs.uk/CodeSystem"
SERVICE = "https://fhir.nhs.uk/Id/dos-service-id|"


def message(number: str) -> bytes:
    """One request for an invented person, with what the standard requires and nothing else."""
    urls: dict[str, str] = {}
    parts = _parts(number, lambda name: {"reference": urls.setdefault(name, f"urn:uuid:{new_id()}")})
    bundle = {
        "resourceType": "Bundle",
        "id": str(new_id()),
        "meta": {"versionId": "1.1.0", "lastUpdated": AT},
        "type": "message",
        "timestamp": AT,
        "entry": [
            {"fullUrl": urls.setdefault(name, f"urn:uuid:{new_id()}"), "resource": one}
            for name, one in parts.items()
        ],
    }
    return orjson.dumps(bundle)


def _parts(number: str, to: Any) -> dict[str, dict[str, Any]]:
    asked = [
        {"system": f"{BARS}/message-category-servicerequest", "code": "referral"},
        {"system": f"{EXTENSIONS}CodeSystem/use-case", "code": "case-management"},
    ]
    organisation = {"resourceType": "Organization", "identifier": [{"system": ODS_CODE, "value": PRACTICE}]}
    return {
        "header": {
            "resourceType": "MessageHeader",
            "eventCoding": {"system": f"{BARS}/message-events-bars", "code": "servicerequest-request"},
            "destination": [{"endpoint": f"{SERVICE}111111111", "receiver": to("receiver")}],
            "sender": to("sender"),
            "source": {"endpoint": f"{SERVICE}2222222222"},
            "reason": {"coding": [{"system": f"{BARS}/message-reason-bars", "code": "new"}]},
            "focus": [to("request")],
        },
        "request": {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "plan",
            "category": [{"coding": asked}],
            "subject": to("patient"),
            "encounter": to("encounter"),
            "authoredOn": AT,
            "requester": to("doctor"),
            "performer": [to("service")],
        },
        "patient": {
            "resourceType": "Patient",
            "identifier": [{"system": NHS_NUMBER, "value": number}],
            "name": [{"family": f"Archer-{number[4:]}", "given": ["Kathy"]}],
            "gender": "female",
            "birthDate": "1938-02-11",
            "address": [{"postalCode": "LA9 4JE"}],
            "contact": [{"telecom": [{"system": "phone", "value": "01539 722000", "rank": 1}]}],
            "generalPractitioner": [to("sender")],
        },
        "encounter": {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}},
        "plan": {
            "resourceType": "CarePlan",
            "status": "completed",
            "intent": "plan",
            "subject": to("patient"),
            "activity": [{"outcomeCodeableConcept": [{"text": "Fall at home; husband is the main carer"}]}],
        },
        "sender": organisation,
        "receiver": organisation,
        "doctor": {"resourceType": "Practitioner", "name": [{"family": "Example", "given": ["Ada"]}]},
        "role": {"resourceType": "PractitionerRole", "practitioner": to("doctor")},
        "service": {"resourceType": "HealthcareService", "providedBy": to("receiver")},
        "consent": {"resourceType": "Consent", "status": "active", "patient": to("patient")},
    }


def messages(token: str, bodies: Sequence[bytes]) -> Iterator[bytes]:
    """Messages under ids of their own, for ever. token: a practice system's."""
    for body in itertools.cycle(bodies):
        yield request("POST", PATH, list(_headers(token).items()), body)


def _headers(token: str) -> dict[str, str]:
    ids = {name: str(new_id()) for name in ("X-Request-Id", "X-Correlation-Id")}
    return {"Authorization": f"Bearer {token}", **ids}


async def steady(server: Server, token: str, bodies: Sequence[bytes], *, seconds: int) -> str:
    """Ten messages a second, for so many seconds."""
    done, begun = Burst(), time.perf_counter()

    async def one(client: httpx.AsyncClient, due: float, body: bytes) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        headers = {**_headers(token), "Content-Type": "application/fhir+json"}
        answer = await client.post(PATH, content=body, headers=headers)
        done.latencies.append(time.perf_counter() - due)
        done.statuses[answer.status_code] = done.statuses.get(answer.status_code, 0) + 1

    address = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        sent = zip(range(RATE * seconds), itertools.cycle(bodies), strict=False)
        await asyncio.gather(*(one(client, begun + at / RATE, body) for at, body in sent))
    slowest, p99 = done.percentile(1), done.percentile(0.99)
    return f"{RATE} a second for {seconds} s: {done.statuses}, p50 {done.percentile(0.5):.0f}, p99 {p99:.0f}, slowest {slowest:.0f} ms"


async def run(*, seconds: float, rounds: int, steadily: int) -> None:
    """Start the service, measure both, print what came."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="icc-benchmark-")))
        servers = stack.enter_context(temporary_servers())
        dsn = await asyncio.to_thread(databases, servers, "referrals")
        token = tokens_of(directory / "data")["practice-system"]
        server = stack.enter_context(serve("referrals", servers, dsn["referrals"], directory))
        bodies = [message(number) for number in itertools.islice(nhs_numbers(), PEOPLE)]
        print(await steady(server, token, bodies, seconds=steadily), flush=True)
        comparison = Comparison(
            "`$process-message` beside `POST /v1/referrals`",
            HALF,
            Side(server.port, lambda: messages(token, bodies), server.pid),
            Side(server.port, lambda: intake_requests(token), server.pid),
        )
        print(HEAD)
        print(await measure(comparison, seconds=seconds, rounds=rounds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.messages", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steady", type=int, default=30)
    given = parser.parse_args()
    asyncio.run(run(seconds=given.seconds, rounds=given.rounds, steadily=given.steady))
