"""Notes beside the figures: who may write them, where they stand, and what a rebase does to a chart."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from shared.months import Month
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.asking import ask, get
from tests.trajectories.quarter import a_cell, publish
from tests.trajectories.shares.a_bay import a_bay, a_practice, happened, within
from tests.trajectories.writing import listed, look, seen, send, written

NOTES = "/v1/annotations"
KENDAL = {"communities": ("kendal",)}
JOINED = Month(2021, 1)


def a_note(**changes: Any) -> dict[str, Any]:
    """The body of a note on Kendal's assessments."""
    body = {
        "measure": "reablement-assessments",
        "community": "kendal",
        "month": "2020-02",
        "kind": "event",
        "text": "The team was away for a week.",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


async def test_a_note_stands_beside_the_series_that_it_concerns(changing: Running) -> None:
    made = await written(changing, "POST", NOTES, a_note(link="https://www.example.org/minutes"))
    assert (made["author"], made["automatic"]) == ("local:development-lead", None)
    assert await seen(changing, f"{NOTES}/{made['id']}", "dashboard") == made
    body = await ask(changing, "dashboard", community="kendal,barrow", include="annotations")
    kendal, barrow = body["series"]
    assert kendal["annotations"] == [made]
    assert barrow["annotations"] == []
    without = await ask(changing, community="kendal")
    assert "annotations" not in without["series"][0]
    assert [
        row[0] for row in await changing.rows("select event from audit where event like 'annotation%'")
    ] == ["annotation.make"]


async def test_a_note_on_everything_stands_beside_every_series(changing: Running) -> None:
    made = await written(changing, "POST", NOTES, a_note(community=None, measure=None))
    other = await written(changing, "POST", NOTES, a_note(community=None, measure="referrals-received"))
    body = await ask(changing, include="annotations", community="kendal,morecambe-bay")
    assert [[one["id"] for one in series["annotations"]] for series in body["series"]] == [[made["id"]]] * 2
    assert other["id"] not in str(body)
    outside = await ask(changing, include="annotations", community="kendal", to="2020-01")
    assert outside["series"][0]["annotations"] == []


async def test_a_workbook_has_a_sheet_of_notes(changing: Running, tmp_path: Path) -> None:
    made = await written(changing, "POST", NOTES, a_note(text="=1+1"))
    answer = await get(changing, community="kendal", include="annotations", format="xlsx")
    book = tmp_path / "answer.xlsx"
    book.write_bytes(answer.content)
    rows = list(openpyxl.load_workbook(book)["Annotations"].iter_rows(values_only=True))
    assert rows[1][:5] == (made["month"], "event", "=1+1", "reablement-assessments", "kendal")


async def test_a_table_has_a_column_of_notes(changing: Running) -> None:
    await written(changing, "POST", NOTES, a_note(text="=1+1"))
    answer = await get(changing, community="kendal", include="annotations,spc", format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["month"]: row["annotations"] for row in rows if row["annotations"]} == {
        "2020-02": "2020-02 event: =1+1 (local:development-lead)"
    }
    without = await get(changing, community="kendal", format="csv")
    assert "annotations" not in without.text


async def test_notes_are_listed_newest_first_by_the_names_they_were_written_with(changing: Running) -> None:
    first = await written(changing, "POST", NOTES, a_note())
    second = await written(changing, "POST", NOTES, a_note(month="2020-03", kind="definition"))
    third = await written(changing, "POST", NOTES, a_note(community="barrow", measure=None))
    assert [one["id"] for one in await listed(changing, NOTES, "dashboard")] == [
        third["id"],
        second["id"],
        first["id"],
    ]
    for asked, expected in (
        ({"community": "kendal"}, [second, first]),
        ({"measure": "reablement-assessments"}, [second, first]),
        ({"month": "2020-03"}, [second]),
        ({"kind": "event"}, [third, first]),
        ({"community": "kendal", "kind": "rebase"}, []),
    ):
        assert await listed(changing, NOTES, **asked) == expected
    page = await seen(changing, NOTES, limit=2)
    rest = await seen(changing, NOTES, limit=2, cursor=page["next"])
    assert [one["id"] for one in rest["items"]] == [first["id"]]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"kind": "gossip"}, "enum", "/kind"),
        ({"text": " "}, "text.blank", "/text"),
        ({"text": "x" * 10_001}, "text.too_long", "/text"),
        ({"month": "2020-13"}, "date.format", "/month"),
        ({"month": "1001-01"}, "date.implausible", "/month"),
        ({"measure": "reablement-assesments"}, "code.unknown", "/measure"),
        ({"community": "bay"}, "icc.ambiguous", "/community"),
        ({"community": "nowhere"}, "icc.unknown", "/community"),
        ({"link": "javascript://example.org/%0aalert(1)"}, "url.forbidden", "/link"),
        ({"link": "https://somebody:secret@example.org/"}, "url.forbidden", "/link"),
        ({"link": "https://example.org\\@example.com/"}, "url.forbidden", "/link"),
        ({"link": "https://[example.org/"}, "url.forbidden", "/link"),
        ({"link": "https://example.org/\u202egpj.exe"}, "text.bidi_control", "/link"),
        ({"link": "https://example.org/?of=9990000018"}, "text.forbidden", "/link"),
        ({"text": "999 000 0018 fell"}, "text.forbidden", "/text"),
        ({"author": "somebody"}, "body.unknown_field", "/author"),
        ({"text": None}, "body.required", "/text"),
    ],
)
async def test_a_note_that_cannot_be_is_refused(
    changing: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    body = {name: value for name, value in {**a_note(), **change}.items() if value is not None}
    answer = await send(changing, "POST", NOTES, body)
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()
    assert await changing.rows("select 1 from annotation") == []


@pytest.mark.parametrize(
    ("role", "who", "change", "status"),
    [
        ("development-lead", KENDAL, {}, 201),
        ("development-lead", {"org": "kendal-icc"}, {}, 201),
        ("development-lead", KENDAL, {"community": "barrow"}, 403),
        ("development-lead", KENDAL, {"community": None}, 403),
        ("analyst", {"communities": ("*",)}, {}, 403),
        ("dashboard", {"communities": ("*",)}, {}, 403),
    ],
)
async def test_a_place_is_written_about_by_those_whose_it_is(
    changing: Running, role: str, who: dict[str, Any], change: dict[str, Any], status: int
) -> None:
    answer = await send(changing, "POST", NOTES, a_note(**change), role, who=who)
    assert answer.status_code == status, answer.text
    kept = await changing.rows("select 1 from annotation")
    assert len(kept) == (status == 201)


async def test_a_note_on_a_practice_is_for_those_whose_own_it_is(changing: Running) -> None:
    made = await written(changing, "POST", NOTES, a_note(community="A82026", measure=None))
    assert (await look(changing, f"{NOTES}/{made['id']}", "case-manager", who=KENDAL)).status_code == 200
    assert (await look(changing, f"{NOTES}/{made['id']}", "dashboard")).status_code == 404
    assert await listed(changing, NOTES, "dashboard") == []


@pytest.fixture
async def bay(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Two communities with two years of spells; one practice moves between them in January 2021."""
    practices = [
        a_practice("Z00001", within("east")),
        a_practice("Z00002", within("east", until="2020-12-31"), within("west", since="2021-01-01")),
        a_practice("Z00003", within("west")),
    ]
    async with a_bay(databases, tmp_path, practices) as service:
        low, high = [10, 12, 11, 13, 10, 12], [30, 33, 31, 34, 30, 33]
        await happened(
            service, {"Z00001": low * 2 + high * 2, "Z00002": [1] * 24, "Z00003": [5] * 24}, Month(2020, 1)
        )
        yield service


EAST: dict[str, Any] = {"measure": "spells", "community": "east", "from": "2020-01", "to": "2021-12"}


async def test_a_rebase_makes_limits_anew_from_its_month(bay: Running) -> None:
    before = (await ask(bay, **EAST, include="spc"))["series"][0]["spc"]
    assert "groups" not in before
    assert before["variation"] != "common-cause"
    reason = {"measure": "spells", "community": "east", "month": "2021-01", "kind": "rebase"}
    await written(bay, "POST", NOTES, {**reason, "text": "A second ward was opened."})
    after = (await ask(bay, **EAST, include="spc"))["series"][0]["spc"]
    assert [one["month"] for one in after["groups"]] == ["2020-01", "2021-01"]
    old, new = after["groups"]
    # The first group has the practice that then leaves: 1 a month beside 10, 12, 11, 13, 10, 12.
    assert (old["mean"], new["mean"]) == (pytest.approx(68 / 6 + 1), pytest.approx(191 / 6))
    # Moving ranges of 30, 33, 31, 34, 30, 33 twice over: 3, 2, 3, 4, 3, 3, then again; their mean times 2.66.
    ranges = [3, 2, 3, 4, 3, 3, 3, 2, 3, 4, 3]
    assert new["upper"] - new["mean"] == pytest.approx(2.66 * sum(ranges) / len(ranges))
    assert {name: after[name] for name in new if name != "month"} == {
        name: value for name, value in new.items() if name != "month"
    }
    assert (after["variation"], new["baseline_months"], new["trial_limits"]) == ("common-cause", 12, True)
    table = csv.DictReader(io.StringIO((await get(bay, **EAST, include="spc", format="csv")).text))
    means = {row["month"]: float(row["mean"]) for row in table if row["community"] == "east"}
    assert (means["2020-12"], means["2021-01"]) == (old["mean"], new["mean"])
    west = (await ask(bay, **{**EAST, "community": "west"}, include="spc"))["series"][0]["spc"]
    assert "groups" not in west


async def test_what_was_known_before_a_rebase_has_no_rebase(bay: Running) -> None:
    known = await bay.rows("select max(known_at) as at from fact")
    note = {"month": "2021-01", "kind": "rebase", "text": "New ward"}
    await written(bay, "POST", NOTES, note)
    then = await ask(bay, **EAST, include="spc", as_at=known[0]["at"].isoformat())
    now = await ask(bay, **EAST, include="spc")
    assert "groups" not in then["series"][0]["spc"]
    assert "groups" in now["series"][0]["spc"]


async def test_a_quarter_is_rebased_with_the_month_in_it(bay: Running) -> None:
    await written(bay, "POST", NOTES, {"month": "2021-02", "kind": "rebase", "text": "New ward"})
    body = await ask(bay, **EAST, include="spc", grain="quarter")
    assert [one["month"] for one in body["series"][0]["spc"]["groups"]] == ["2020-01", "2021-01"]


async def test_a_practice_that_moves_makes_a_note_in_both_communities(bay: Running) -> None:
    body = await ask(bay, **{**EAST, "community": "east,west,Z00001"}, include="annotations")
    notes = [series["annotations"] for series in body["series"]]
    assert [[(one["month"], one["automatic"], one["kind"]) for one in own] for own in notes] == [
        [("2021-01", "move", "change")],
        [("2021-01", "move", "change")],
        [],
    ]
    assert "Z00002" in notes[0][0]["text"]
    assert notes[0][0]["id"] != notes[1][0]["id"]
    listed_too = await listed(bay, NOTES)
    assert listed_too == [notes[0][0], notes[1][0]]
    first = await seen(bay, NOTES, limit=1)
    second = await seen(bay, NOTES, limit=1, cursor=first["next"])
    assert [*first["items"], *second["items"]] == listed_too
    assert second["next"] is None
    assert await listed(bay, NOTES, measure="spells") == []


async def test_a_published_chart_is_rebased_too(changing: Running) -> None:
    months = [Month(2019, 1) + at for at in range(12)]
    earlier = [a_cell("reablement-assessments", month, "kendal", 60, route="community") for month in months]
    await publish(changing, earlier)
    await written(changing, "POST", "/v1/publications", {"reason": "A test asks."}, role="publisher")
    await written(changing, "POST", NOTES, a_note(kind="rebase", month="2020-01"))
    asked: dict[str, Any] = {"community": "kendal", "from": "2019-01", "to": "2020-03", "include": "spc"}
    public = (await ask(changing, "dashboard", **asked))["series"][0]["spc"]
    assert [one["mean"] for one in public["groups"]] == [60, pytest.approx((25 + 25 + 35) / 3)]


async def test_a_note_that_was_a_mistake_is_withdrawn(bay: Running) -> None:
    rebase = {"measure": "spells", "month": "2021-01", "kind": "rebase", "text": "New ward"}
    made = await written(bay, "POST", NOTES, rebase)
    known = await bay.rows("select clock_timestamp() as at")
    path = f"{NOTES}/{made['id']}/withdraw"
    assert (await send(bay, "POST", path, {"reason": " "})).status_code == 422
    assert (await send(bay, "POST", path, {"reason": "x"}, who={"communities": ("east",)})).status_code == 403
    gone = await written(bay, "POST", path, {"reason": "The ward was never opened."})
    assert gone["withdrawn_reason"] == "The ward was never opened."
    assert (await send(bay, "POST", path, {"reason": "Again"})).status_code == 409
    body = await ask(bay, **EAST, include="spc,annotations")
    assert "groups" not in body["series"][0]["spc"]
    assert {one["automatic"] for one in body["series"][0]["annotations"]} == {"move"}
    then = await ask(bay, **EAST, include="spc", as_at=known[0]["at"].isoformat())
    assert "groups" in then["series"][0]["spc"]
    assert (await listed(bay, NOTES))[0]["withdrawn_at"] == gone["withdrawn_at"]
    missing = f"{NOTES}/01890a5d-ac96-774b-bcce-b302099a8057/withdraw"
    assert (await send(bay, "POST", missing, {"reason": "x"})).status_code == 404


async def test_a_restatement_of_more_than_a_twentieth_makes_a_note(bay: Running) -> None:
    """Z00001 had 12 in February 2020, with Z00002 east had 13: one more is 7.7 %, and none in 2021 is above a twentieth."""
    await bay.work()
    assert await listed(bay, NOTES, kind="data-quality") == []
    await happened(bay, {"Z00001": [13]}, Month(2020, 2))
    await happened(bay, {"Z00001": [34]}, Month(2021, 2))
    await bay.work()
    (made,) = await listed(bay, NOTES, kind="data-quality")
    assert (made["month"], made["measure"], made["community"]) == ("2020-02", "spells", "east")
    assert (made["automatic"], made["text"]) == ("restatement", "Restated from 13 to 14 (+7.7%).")
    body = await ask(bay, **EAST, include="annotations")
    assert made in body["series"][0]["annotations"]
    await bay.work()
    await happened(bay, {"Z00001": [13]}, Month(2020, 2))
    await bay.work()
    assert len(await listed(bay, NOTES, kind="data-quality")) == 1
    for count in (20, 22):  # twice between two looks
        await happened(bay, {"Z00001": [count]}, Month(2020, 2))
    await bay.work()
    assert {one["text"] for one in await listed(bay, NOTES, kind="data-quality")} == {
        "Restated from 13 to 14 (+7.7%).",
        "Restated from 14 to 21 (+50.0%).",
        "Restated from 21 to 23 (+9.5%).",
    }


async def test_that_a_figure_was_restated_is_told_to_those_who_see_it(bay: Running) -> None:
    await happened(bay, {"Z00001": [20]}, Month(2020, 2))
    await bay.work()
    assert await listed(bay, NOTES, "dashboard", kind="data-quality") == []
    lead = {"communities": ("west",)}
    assert await listed(bay, NOTES, "case-manager", who=lead, kind="data-quality") == []
    asked: dict[str, Any] = {**EAST, "include": "annotations"}
    for role, who, seen_by in (("dashboard", None, 0), ("case-manager", lead, 0), ("analyst", None, 1)):
        body = await ask(bay, role, **asked, **({} if who is None else {"who": who}))
        notes = body["series"][0]["annotations"]
        assert len([one for one in notes if one["automatic"] == "restatement"]) == seen_by


async def test_what_arrives_late_is_no_restatement(bay: Running) -> None:
    """Half of a community's figure is not complete, so that the other half restates nothing."""
    await happened(bay, {"Z00002": [9]}, Month(2022, 1))
    await bay.work()
    await happened(bay, {"Z00003": [9]}, Month(2022, 1))
    await bay.work()
    assert await listed(bay, NOTES, kind="data-quality") == []
