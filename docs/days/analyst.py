"""A performance analyst: asks one question three ways, explains a figure, corrects a file, and drafts the next shares."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import httpx
import polars as pl

from day import NextAction, key, refused, says, signed_in, taken, tell, today

MEASURE, APPOINTMENTS, SURGERY = "non-elective-admissions", "gp-appointments", "A82026"


def day() -> NextAction:
    """An analyst of the Bay, and the publisher who decides about drafts."""
    analyst = signed_in("trajectories", "analyst")
    this_month = today()[:7]
    last_month = f"{date.fromisoformat(f'{this_month}-01') - timedelta(days=1)}"[:7]

    asked = {"measure": MEASURE, "period": last_month, "level": "icc", "include": "trajectory"}
    answer = taken(analyst.get("/v1/performance", params=asked))
    as_json = {one["community"]: one["points"][0]["numerator"] for one in answer["series"]}
    as_csv = analyst.get("/v1/performance", params={**asked, "format": "csv"}).text
    rows = csv.DictReader(io.StringIO(as_csv))
    assert {row["community"]: int(row["numerator"]) for row in rows} == as_json
    as_parquet = analyst.get("/v1/performance", params={**asked, "format": "parquet"}).content
    table = pl.read_parquet(as_parquet)
    assert dict(zip(table["community"], table["numerator"], strict=True)) == as_json
    says(f"asks for admissions of {last_month}: {sum(as_json.values())}, in JSON, CSV and Parquet alike")

    month = {"measure": MEASURE, "community": "kendal", "month": last_month}
    why = taken(analyst.get("/v1/trajectories/explain", params=month))
    parts = sum(one["share"]["numerator"] for one in why["practices"])
    assert parts == why["share"]["numerator"]
    says(f"asks why Kendal's trajectory is {why['integer']}: {why['sentence']}")

    for count in (4100, 4200):
        sent = send(analyst, f"month,practice,count\n{last_month},{SURGERY},{count}\n")
    (changed,) = sent["changes"]
    assert (changed["was"], changed["is"]) == (4100, 4200)
    surgery = {"measure": APPOINTMENTS, "community": SURGERY}
    *_, was, is_now = taken(
        analyst.get("/v1/performance/revisions", params={**surgery, "month": last_month})
    )["items"]
    assert (was["numerator"], is_now["numerator"]) == (4100, 4200)
    then = {**surgery, "period": last_month, "as_at": was["from"]}
    (point,) = taken(analyst.get("/v1/performance", params=then))["series"][0]["points"]
    assert point["numerator"] == 4100
    says("corrects a surgery's appointments: 4,200 now, 4,100 as they were known, and both stay readable")

    wanted = {"measure": MEASURE, "effective_from": this_month}
    draft = taken(analyst.post("/v1/trajectory-versions", json=wanted, headers=key()))
    approval = analyst.post(f"/v1/trajectory-versions/{draft['id']}/approve", json={"reason": "Mine"})
    refused(approval, 403, "scope")
    assert "trajectory.drafted" in analyst.get("/v1/performance/signals.atom").text
    says("drafts the shares from this month on, which is signalled; its author cannot approve it")

    publisher = signed_in("trajectories", "publisher")
    (waiting, *_) = taken(publisher.get("/v1/trajectory-versions", params={"status": "draft"}))["items"]
    assert (waiting["id"], waiting["superseded_by"]) == (draft["id"], None)
    return NextAction(
        "the drafts of /v1/trajectory-versions",
        f"Approve or reject the shares from {waiting['effective_from']}",
    )


def send(analyst: httpx.Client, file: str) -> Any:
    """A file of activity, and what became of it."""
    return taken(
        analyst.post(
            "/v1/activity/submissions",
            params={"measure": APPOINTMENTS},
            content=file,
            headers={**key(), "Content-Type": "text/csv", "Prefer": "wait=20"},
        )
    )


if __name__ == "__main__":
    tell(day)
