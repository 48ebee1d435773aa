"""A council's quarter goes in at one end and a performance answer comes out at the other, through every process."""

import copy
import csv
import io
import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from tests.support import quarter
from tests.support.system import System, until

SUBMISSIONS = "/v1/feeds/reablement/submissions"
QUARTER = "measure=reablement-assessments&from=2020-01&to=2020-03"
WITHIN_SECONDS = 60  # an end, not a speed: the budget of two seconds is measured in benchmarks

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("sent")]


async def _push(
    system: System, content: bytes, *, kind: str = "text/csv", period: str | None = None
) -> httpx.Response:
    headers = {
        **system.token("council-feed", org="cumbria"),
        "Content-Type": kind,
        "Idempotency-Key": secrets.token_hex(8),
        "Prefer": "wait=20",
    }
    async with system.client("outcomes") as client:
        return await client.post(
            SUBMISSIONS, params={"period": period} if period else {}, content=content, headers=headers
        )


async def _performance(system: System, query: str, *, role: str = "analyst") -> Any:
    async with system.client("trajectories") as client:
        answer = await client.get(f"/v1/performance?{query}", headers=system.token(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _publish(system: System) -> None:
    headers = {**system.token("publisher"), "Idempotency-Key": secrets.token_hex(8)}
    async with system.client("trajectories") as client:
        made = await client.post("/v1/publications", json={"reason": "The quarter is in."}, headers=headers)
    assert made.status_code == 201, made.text


def _figures(answer: Any) -> dict[str, list[int | None]]:
    return {one["community"]: [point["value"] for point in one["points"]] for one in answer["series"]}


async def _shown(system: System, community: str, figures: list[int]) -> bool:
    answer = await _performance(system, f"{QUARTER}&community={community}")
    return _figures(answer)[community] == figures


async def _settle(system: System, community: str, figures: list[int]) -> None:
    """Wait until every API process shows the figures, not only the one that is asked first: each call may reach another."""
    for _ in range(20):
        await until(lambda: _shown(system, community, figures), seconds=WITHIN_SECONDS)


@pytest.fixture(scope="module")
async def sent(system: System) -> None:
    """Both printed tables, the second with its quarter named beside it, accepted and arrived."""
    routes = await _push(system, quarter.as_csv(quarter.routes_table()))
    outcomes = await _push(system, quarter.as_csv(quarter.outcomes_table()), period=quarter.PERIOD)
    for answer in (routes, outcomes):
        assert answer.status_code == 200, answer.text
        totals = answer.json()["totals"]
        assert (totals["stated"], totals["computed"], totals["reconciled"]) == (472, 472, True)
    await _settle(system, "barrow", quarter.ASSESSMENTS["barrow"])
    await until(lambda: _outcomes_arrived(system), seconds=WITHIN_SECONDS)


async def _outcomes_arrived(system: System) -> bool:
    answer = await _performance(
        system, "measure=reablement-outcomes&community=south-cumbria&from=2020-01&to=2020-03&grain=quarter"
    )
    return bool(answer["series"][0]["points"][0]["value"] == 472)


async def test_every_communitys_figures_are_the_councils(system: System) -> None:
    assert {
        slug: values
        for slug, values in _figures(await _performance(system, QUARTER)).items()
        if slug in quarter.ASSESSMENTS
    } == quarter.ASSESSMENTS


async def test_the_whole_is_marked_partial_where_a_council_has_sent_nothing(system: System) -> None:
    answer = await _performance(system, f"{QUARTER}&community=south-cumbria,morecambe-bay,lancaster")
    assert _figures(answer)["south-cumbria"] == _figures(answer)["morecambe-bay"] == quarter.TOTAL_BY_MONTH
    statuses = {one["community"]: {point["status"] for point in one["points"]} for one in answer["series"]}
    assert statuses["morecambe-bay"] == {"partial"}
    assert "partial" not in statuses["south-cumbria"]
    assert statuses["lancaster"] == {"not-supplied"}


@pytest.mark.parametrize(
    ("measure", "breakdown", "expected"),
    [
        (
            "reablement-assessments",
            "route",
            {"community": 356, "hospital": 85, "not-recorded": 26, "community-bed": 5},
        ),
        (
            "reablement-outcomes",
            "outcome",
            {"plan": 326, "inappropriate": 83, "refused": 49, "moved-or-other": 14},
        ),
    ],
)
async def test_a_breakdown_over_the_quarter_gives_the_councils_totals(
    system: System, measure: str, breakdown: str, expected: dict[str, int]
) -> None:
    answer = await _performance(
        system,
        f"measure={measure}&community=south-cumbria&from=2020-01&to=2020-03&grain=quarter&breakdown={breakdown}",
    )
    assert {one["breakdown"][breakdown]: one["points"][0]["value"] for one in answer["series"]} == expected


async def test_the_plan_rate_is_326_of_472(system: System) -> None:
    answer = await _performance(
        system, "measure=reablement-plan-rate&community=south-cumbria&from=2020-01&to=2020-03&grain=quarter"
    )
    (point,) = answer["series"][0]["points"]
    assert (point["numerator"], point["denominator"]) == (326, 472)
    assert point["value"] == pytest.approx(326 / 472)


async def test_a_dashboard_sees_the_same_protected_figures_in_every_format(system: System) -> None:
    await _publish(system)
    answer = await _performance(system, QUARTER, role="dashboard")
    shown = _figures(answer)
    assert shown["barrow"] == [50, 35, 45]
    for values in shown.values():
        assert all(value is None or value == 0 or (value >= 10 and value % 5 == 0) for value in values)
    async with system.client("trajectories") as client:
        files = {
            kind: await client.get(
                f"/v1/performance?{QUARTER}&format={kind}", headers=system.token("dashboard")
            )
            for kind in ("csv", "xlsx")
        }
    rows = list(csv.DictReader(io.StringIO(files["csv"].text)))
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"].content)).worksheets[0]
    header, *cells = sheet.iter_rows(values_only=True)
    for table in (rows, [dict(zip(header, row, strict=True)) for row in cells]):
        figures: dict[str, list[Any]] = {}
        for row in table:
            value = row["value"]
            figures.setdefault(str(row["community"]), []).append(
                None if value in {None, "", "*"} else int(float(str(value)))
            )
        assert {slug: figures[slug] for slug in shown} == shown


async def test_the_same_file_again_changes_nothing(system: System) -> None:
    before = await _performance(system, QUARTER)
    first = await _push(system, quarter.as_csv(quarter.routes_table()))
    again = await _push(system, quarter.as_csv(quarter.routes_table()))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert await _performance(system, QUARTER) == before


async def test_a_figure_that_breaks_a_total_is_refused_with_its_cell(system: System) -> None:
    before = await _performance(system, QUARTER)
    table = quarter.routes_table()
    table[2][1] = 47
    answer = await _push(system, quarter.as_csv(table))
    assert answer.status_code == 422
    faults = answer.json()["errors"]
    assert (faults[0]["row"], faults[0]["column"]) == (3, quarter.COMMUNITIES["barrow"])
    assert all(fault["code"].endswith(("totals_mismatch", "total_row")) for fault in faults)
    assert await _performance(system, QUARTER) == before


async def test_a_restatement_shows_and_the_past_stays_and_the_first_file_restores(system: System) -> None:
    before = datetime.now(UTC)
    restated: Any = copy.deepcopy(dict(quarter.ROUTES))
    restated["January"] = {**restated["January"], "Community": (46, 5, 24, 10, 29, 16)}
    table = quarter.routes_table(restated)
    answer = await _push(
        system,
        quarter.as_xlsx(table),
        kind="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    assert answer.status_code == 200, answer.text
    await _settle(system, "kendal", [37, 24, 35])
    past = await _performance(system, f"{QUARTER}&community=kendal&as_at={_instant(before)}")
    assert _figures(past)["kendal"] == quarter.ASSESSMENTS["kendal"]
    await _push(system, quarter.as_csv(quarter.routes_table()))
    await _settle(system, "kendal", quarter.ASSESSMENTS["kendal"])


async def test_fifty_past_answers_come_out_the_same_after_a_restatement_and_a_rebuild(system: System) -> None:
    now = datetime.now(UTC)
    chance = random.Random(20_200_331)
    instants = [now - timedelta(seconds=chance.uniform(0, 60)) for _ in range(50)]
    async with system.client("trajectories") as client:

        async def answers() -> list[bytes]:
            query = f"{QUARTER}&community={','.join(quarter.COMMUNITIES)}"
            return [
                (
                    await client.get(
                        f"/v1/performance?{query}&as_at={_instant(at)}", headers=system.token("analyst")
                    )
                ).content
                for at in instants
            ]

        before = await answers()
        restated: Any = {
            **quarter.ROUTES,
            "March": {**quarter.ROUTES["March"], "Community": (33, 14, 29, 15, 34, 18)},
        }
        await _push(system, quarter.as_csv(quarter.routes_table(restated)))
        await until(lambda: _shown(system, "kendal", [27, 24, 45]), seconds=WITHIN_SECONDS)
        assert await answers() == before
        epoch = await _epoch(system)
        assert system.run("rebuild").returncode == 0
        await until(lambda: _reread(system, epoch), seconds=WITHIN_SECONDS)
        assert await answers() == before
    await _push(system, quarter.as_csv(quarter.routes_table()))
    await _settle(system, "kendal", quarter.ASSESSMENTS["kendal"])


async def _epoch(system: System) -> str:
    async with system.client("outcomes") as client:
        answer = await client.get("/v1/facts?limit=1", headers=system.token("service"))
    return str(answer.json()["epoch"])


async def _reread(system: System, before: str) -> bool:
    """The author is in a new epoch and the reader still answers with its figures."""
    return await _epoch(system) != before and await _shown(system, "kendal", [27, 24, 45])


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
