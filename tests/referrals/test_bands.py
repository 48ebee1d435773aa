"""Figures of referrals by age, sex, deprivation and ethnicity: decided at intake, and only the band is kept."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.trajectories.measures.catalogue import load_catalogue
from shared.facts.fairness import FAIRNESS
from tests.referrals.acting import act, holds, manager
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.counted import facts, lines, published
from tests.referrals.sending import post
from tests.shared.registry.postcode_files import directory
from tests.support.databases import Databases
from tests.support.running import Running, running

# Invented: no real area has this code, and no real postcode lies in it. Ranks of ten areas of one country.
AREA = "E99000001"
RANKED = [(f"LA9 {rank}ZZ", AREA, "", str(rank)) for rank in range(10)] + [("LA8 1ZZ", AREA, "", "10")]


@pytest.fixture
async def ranked(databases: Databases, data_dir: Path, tmp_path: Path) -> AsyncIterator[Running]:
    """The referrals service with a directory of areas that are ranked by deprivation; rank 0 is none."""
    settings = {"postcode_file": directory(tmp_path, RANKED)}
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir, settings=settings) as service,
    ):
        yield service


async def refer(service: Running, referred_at: str = "2026-06-12T09:30:00+01:00", **person: Any) -> None:
    """A referral of somebody described so."""
    await post(service, a_referral(patient=a_patient(**person), referred_at=referred_at))


async def received(service: Running) -> list[tuple[Any, ...]]:
    """Every version of what was counted of referrals."""
    return [version for version in await published(service) if version[0] == "referrals-received"]


async def test_an_age_is_that_of_the_day_of_the_referral_in_england(referrals: Running) -> None:
    await refer(referrals, birth_date="1961-06-12", referred_at="2026-06-11T22:59:59Z")
    await refer(referrals, birth_date="1961-06-12", referred_at="2026-06-11T23:00:00Z")  # 12 June in England
    await referrals.work()
    assert await lines(referrals) == {
        "age=25-64": 1,
        "age=65-74": 1,
        "sex=female": 2,
        "deprivation=unknown": 2,
        "ethnicity=unknown": 2,
    }


async def test_each_person_counts_in_one_line_of_every_breakdown(referrals: Running) -> None:
    for gender, ethnicity in [
        ("female", "A"),
        ("male", "D"),
        ("other", "H"),
        ("unknown", "M"),
        (None, "R"),
        ("male", "Z"),
        ("male", "99"),
        ("male", None),
    ]:
        await refer(referrals, gender=gender, ethnicity=ethnicity)
    await referrals.work()
    found = await lines(referrals)
    assert {line: count for line, count in found.items() if line.startswith(("sex", "ethnicity"))} == {
        "sex=female": 1,
        "sex=male": 4,
        "sex=other": 1,
        "sex=unknown": 2,
        "ethnicity=white": 1,
        "ethnicity=mixed": 1,
        "ethnicity=asian": 1,
        "ethnicity=black": 1,
        "ethnicity=other": 1,
        "ethnicity=unknown": 3,
    }
    assert sums(found) == dict.fromkeys(FAIRNESS, 8)


async def test_an_ethnic_category_beside_the_person_counts_too(referrals: Running) -> None:
    await post(referrals, a_referral(ethnicity="N"))
    await referrals.work()
    assert (await lines(referrals))["ethnicity=black"] == 1


HOMES: list[tuple[dict[str, Any], str]] = [
    ({"postcode": "LA9 1ZZ"}, "1"),
    ({"postcode": "LA9 2ZZ"}, "1"),
    ({"postcode": "LA9 3ZZ"}, "2"),
    ({"postcode": "la93zz"}, "2"),
    ({"postcode": "LA9 5ZZ"}, "3"),
    ({"postcode": "LA9 7ZZ"}, "4"),
    ({"postcode": "LA9 9ZZ"}, "5"),
    ({"postcode": "LA8 1ZZ"}, "5"),
    ({"postcode": "LA9 1ZZ", "staying_at": "LA8 1ZZ"}, "1"),  # the home goes first
    ({"postcode": None, "staying_at": "LA8 1ZZ"}, "5"),
    ({"postcode": "LA9 0ZZ"}, "unknown"),  # without a rank
    ({"postcode": "LA9 4JE"}, "unknown"),  # not in the directory
    ({"postcode": "LA9 4JE", "staying_at": "LA9 1ZZ"}, "unknown"),  # a visit does not say how a home is
    ({"postcode": None}, "unknown"),
]


async def test_deprivation_is_that_of_the_home_and_else_of_where_a_person_stays(ranked: Running) -> None:
    for person, _ in HOMES:
        await refer(ranked, **person)
    rows = await ranked.rows("select counted_deprivation from referral order by id")
    assert [row["counted_deprivation"] or "unknown" for row in rows] == [band for _, band in HOMES]
    await ranked.work()
    found = await lines(ranked)
    assert {line: n for line, n in found.items() if line.startswith("deprivation")} == {
        "deprivation=1": 3,
        "deprivation=2": 2,
        "deprivation=3": 1,
        "deprivation=4": 1,
        "deprivation=5": 3,
        "deprivation=unknown": 4,
    }
    assert sums(found) == dict.fromkeys(FAIRNESS, len(HOMES))


async def test_a_decision_counts_in_the_bands_of_its_referral(referrals: Running) -> None:
    sent = await post(referrals, a_referral(patient=a_patient(ethnicity="A")))
    decided = await act(referrals, sent, "triage", {"decision": "accept"}, by=manager(referrals))
    assert decided.status_code == 200
    await referrals.work()
    for measure in ("referrals-accepted", "triage-within-standard"):
        assert await lines(referrals, measure) == {
            "age=85-and-over": 1,
            "sex=female": 1,
            "deprivation=unknown": 1,
            "ethnicity=white": 1,
        }


async def test_referrals_from_before_there_were_bands_count_as_unknown(referrals: Running) -> None:
    await refer(referrals)
    await referrals.rows(
        "update referral set counted_age = null, counted_sex = null,"
        " counted_deprivation = null, counted_ethnicity = null"
    )
    await referrals.work()
    assert await lines(referrals) == {f"{name}=unknown": 1 for name in FAIRNESS}


async def test_a_rebuild_gives_every_version_of_every_line_again(referrals: Running) -> None:
    for born in ("1938-02-11", "2001-06-12", "1938-02-11"):
        await refer(referrals, birth_date=born, ethnicity="A")
        await referrals.work()
    before = await received(referrals)
    assert len(before) == 12
    answer = await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    assert answer.status_code == 202, answer.text
    await referrals.work()
    assert await received(referrals) == before


async def test_every_line_that_is_published_is_one_that_the_report_declares(ranked: Running) -> None:
    sent = [
        await post(ranked, a_referral(patient=a_patient(gender=gender, ethnicity=ethnicity, **home)))
        for gender, ethnicity, (home, _) in zip(
            ["female", "male", "other", None, "unknown"], "ADHMR", HOMES[1:10:2], strict=True
        )
    ]
    for receipt in sent:
        await act(ranked, receipt, "triage", {"decision": "accept"}, by=manager(ranked))
    await ranked.work()
    found = await facts(ranked)
    assert {fact["measure"] for fact in found} >= {
        "referrals-received",
        "referrals-accepted",
        "triage-within-standard",
    }
    declared = {measure.key: measure.breakdowns for measure in load_catalogue()}
    for fact in found:
        ((name, value),) = fact["breakdowns"].items()
        assert value in declared[fact["measure"]][name]


async def test_only_the_band_is_kept_in_the_clear(referrals: Running) -> None:
    await refer(referrals, ethnicity="A")
    (row,) = await referrals.rows("select to_jsonb(referral) as row from referral")
    assert '"counted_age": "85-and-over"' in row["row"]
    assert not holds(row["row"], "1938-02-11")  # a bare year also occurs by chance in a ciphertext's digits


def sums(found: dict[str, int]) -> dict[str, int]:
    """Breakdown → the sum of its lines."""
    return {name: sum(n for line, n in found.items() if line.startswith(f"{name}=")) for name in FAIRNESS}
