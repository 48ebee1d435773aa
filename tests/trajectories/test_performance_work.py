"""What a question costs is known before it is answered, and nobody else waits for a costly one."""

import asyncio
import time
from typing import Any

import pytest

from services.trajectories.measures.catalogue import load_catalogue
from services.trajectories.performance.questions import MOST_WORK
from tests.support.running import Running
from tests.trajectories.asking import get

DECADE: dict[str, Any] = {"level": "practice", "from": "2010-01", "to": "2019-12"}
"""The Bay's practices and ten years: 39 times 120 points of a measure, months of a count each or three where it is divided."""
CENTRAL = [measure for measure in load_catalogue() if len(measure.read_measures) == 1]
"""Measures that are made of no other."""
COUNTS = [measure.key for measure in CENTRAL if measure.kind == "count"]
RATES = [measure.key for measure in CENTRAL if measure.kind != "count"]
MOST_COUNTS = MOST_WORK // (39 * 120)


def counts(number: int) -> str:
    """So many measures, as a query names them."""
    return ",".join(COUNTS[:number])


def rates(number: int) -> str:
    """The same of those that are divided by something."""
    return ",".join(RATES[:number])


@pytest.mark.parametrize(
    ("params", "parts", "advice"),
    [
        ({"measure": counts(MOST_COUNTS + 1)}, 2, "fewer months, places or measures"),
        ({"measure": rates(15)}, 3, "fewer months, places or measures"),
        ({"measure": counts(6), "grain": "rolling12"}, 2, "Rolling years cost four times"),
        ({"measure": counts(11), "compare": "previous-year"}, 2, "Without compare it is half"),
        ({"measure": counts(5), "format": "xlsx"}, 2, "JSON costs less than a workbook"),
        ({"measure": counts(11), "include": "spc"}, 2, ""),
        ({"measure": "non-elective-admissions", "breakdown": "age", "grain": "rolling12"}, 2, ""),
    ],
)
async def test_a_question_that_costs_too_much_is_told_how_to_ask_less(
    quarter: Running, params: dict[str, Any], parts: int, advice: str
) -> None:
    answer = await get(quarter, **DECADE, **params)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["code"] == "query.too_many"
    assert f"Ask in {parts} parts" in fault["detail"]
    assert advice in fault["detail"]


async def test_a_question_in_the_parts_it_was_told_is_answered(quarter: Running) -> None:
    for first, last in (("2010-01", "2014-12"), ("2015-01", "2019-12")):
        half: dict[str, Any] = {**DECADE, "from": first, "to": last}
        answer = await get(quarter, measure=counts(MOST_COUNTS + 1), **half)
        assert answer.status_code == 200, answer.text


# Every practice's figure of a measure, by month. One statement, for through the feed they would take seconds.
FILL = """
    insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator, known_at, provenance)
    select author, serving, 1000000 + row_number() over (), measure, month::date, place, '{}', '', 'cumbria', 9, now(), '{}'
      from fact_subscription, unnest($1::text[]) measure, unnest($2::text[]) place,
           generate_series(date '2010-01-01', date '2019-12-01', interval '1 month') month
     where serving is not null
"""


async def test_health_answers_while_the_largest_question_runs(changing: Running) -> None:
    practices = [one.code for one in changing.platform.registry.file.practices]
    await changing.rows(FILL, COUNTS[:2], practices)
    asked = asyncio.create_task(get(changing, measure=counts(MOST_COUNTS), **DECADE))
    answers, silences, last = [], [], time.monotonic()
    began = last
    while not asked.done():
        await asyncio.wait({asked}, timeout=0.001)
        answers.append((await changing.client.get("/health/live")).status_code)
        silences.append(time.monotonic() - last)
        last = time.monotonic()
    assert (await asked).status_code == 200
    assert set(answers) == {200}
    # Made on the event loop, the answer would be one silence of nearly the whole time.
    assert max(silences) < (last - began) / 2
