"""What is sent: invented people with numbers of the test range, each request with a key of its own."""

import http.client
import itertools
import secrets
from collections.abc import Iterator, Sequence

import orjson

from benchmarks.load import HEADER_END, request

PRACTICE = "A82026"
PEOPLE = 2000
PERFORMANCE = (
    "/v1/performance?measure=reablement-assessments&from=2019-01&to=2020-12&include=trajectory,spc,bay"
)


def nhs_numbers() -> Iterator[str]:
    """Valid numbers of the test range, in order. Source of the check digit: NHS Data Dictionary, modulus 11."""
    for middle in itertools.count(10_000):
        first = f"9990{middle:05d}"
        check = (
            11 - sum(int(digit) * weight for digit, weight in zip(first, range(10, 1, -1), strict=True)) % 11
        )
        if check != 10:
            yield f"{first}{check % 11}"


def referral(number: str) -> bytes:
    """The body of one referral of an invented person."""
    return orjson.dumps(
        {
            "patient": {
                "nhs_number": number,
                "family": f"Archer-{number[4:]}",
                "given": "Kathy",
                "birth_date": "1938-02-11",
                "gender": "female",
                "postcode": "LA9 4JE",
                "phone": "01539 722000",
                "registered_practice": PRACTICE,
            },
            "requester": {"ods": PRACTICE, "role": "gp", "name": "Dr A Example"},
            "referred_at": "2026-06-12T09:30:00+01:00",
            "pathway": "case-management",
            "priority": "routine",
            "reason_code": "161898004",
            "reason_system": "http://snomed.info/sct",
            "reason": "Fall at home; husband is the main carer",
            "legal_basis": "direct-care",
        }
    )


_PEOPLE = [referral(number) for number in itertools.islice(nhs_numbers(), PEOPLE)]


def intake_requests(token: str) -> Iterator[bytes]:
    """Referrals of new keys, for ever. token: a practice system's."""
    authorization = ("Authorization", f"Bearer {token}")
    for body in itertools.cycle(_PEOPLE):
        headers = [authorization, ("Idempotency-Key", secrets.token_hex(16))]
        yield request("POST", "/v1/referrals", headers, body)


def insert_requests() -> Iterator[bytes]:
    """The same bodies for the limit, made in the same way so that the generator costs the same."""
    for body in itertools.cycle(_PEOPLE):
        yield request("POST", "/insert", [("Idempotency-Key", secrets.token_hex(16))], body)


def row_requests(paths: Sequence[str], token: str | None) -> Iterator[bytes]:
    """Reads of the rows in turn."""
    headers = [("Authorization", f"Bearer {token}")] if token else []
    return itertools.cycle([request("GET", path, headers) for path in paths])


def performance_request(token: str) -> bytes:
    """The query of the budget. token: an analyst's."""
    return request("GET", PERFORMANCE, [("Authorization", f"Bearer {token}")])


def etag_request(port: int, token: str) -> bytes:
    """The same query by a client that already has the answer. port: of trajectories, which runs."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", PERFORMANCE, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    tag = answer.headers["ETag"].encode()
    return performance_request(token).removesuffix(HEADER_END) + b"\r\nIf-None-Match: " + tag + HEADER_END
