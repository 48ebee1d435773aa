"""Summaries as their readers ask for them, over many invented people."""

from collections.abc import Iterable
from typing import Any

import orjson

from tests.outcomes.measuring import a_measurement
from tests.support.people import invented_people
from tests.support.running import Running

PATH = "/v1/measurement-summaries"
SPRING = "from=2026-04-01&to=2026-06-30"


PEOPLE = invented_people(400)


async def record_all(service: Running, measurements: Iterable[dict[str, Any]]) -> None:
    """Record many measurements at once, by a case manager of everywhere; every one must be good."""
    content = b"\n".join(orjson.dumps(one) for one in measurements)
    headers = service.token("case-manager", communities=("*",)) | {"Content-Type": "application/x-ndjson"}
    answer = await service.client.post("/v1/measurements/batch", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    refused = [line for line in map(orjson.loads, answer.text.splitlines()) if "code" in line]
    assert refused == []


def a_pair(index: int, first: dict[str, Any], repeat: dict[str, Any], **both: Any) -> list[dict[str, Any]]:
    """The first and the repeat of one person, in April and in June."""
    common = {"nhs_number": PEOPLE[index], "birth_year": None, **both}
    return [
        a_measurement(**{"taken_on": "2026-04-10", **common, **first}),
        a_measurement(**{"taken_on": "2026-06-10", **common, **repeat, "occasion": "repeat"}),
    ]


def pam_pairs(start: int, *levels: tuple[int, int, int], **both: Any) -> list[dict[str, Any]]:
    """Pairs of PAM: for each (first level, repeat level, people) so many people, numbered from `start`."""
    scores = {1: 40.0, 2: 50.0, 3: 60.0, 4: 80.0}
    found: list[dict[str, Any]] = []
    for first, repeat, people in levels:
        for _ in range(people):
            pam = {"instrument": "pam13", "edition": "2010", **both}
            found += a_pair(start, {"score": scores[first]}, {"score": scores[repeat]}, **pam)
            start += 1
    return found


async def summary(service: Running, query: str, *, by: dict[str, str] | None = None) -> dict[str, Any]:
    """The answer to a question of a case manager of everywhere, unless somebody else asks."""
    identity = by or service.token("case-manager", communities=("*",))
    answer = await service.client.get(f"{PATH}?{query}", headers=identity)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def refusal(service: Running, query: str, *, by: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, code and pointer of a refused question."""
    identity = by or service.token("case-manager", communities=("*",))
    answer = await service.client.get(f"{PATH}?{query}", headers=identity)
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("errors", [{"pointer": ""}])[0]["pointer"]
