"""Cumbria's data officer: checks the quarter's return, mends the cell that is named, sends it, and restates it next day.

The figures are those of January to March 2020 (`docs/tour`), told as the quarter after: invented, therefore.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from day import ROOT, NextAction, icc, now, says, signed_in, taken, tell, until

PRINTED = ROOT / "docs" / "tour" / "reablement-routes.csv"
NAMED_ANEW = {"Qtr 4 2019/2020": "Qtr 1 2020/2021", "January": "April", "February": "May", "March": "June"}
ONE_MORE = [
    ("April,50", "April,51"),
    ("19,153", "19,154"),
    ("Community,46", "Community,47"),
    ("16,120", "16,121"),
]
ONE_MORE += [("Total,130", "Total,131"), (",472", ",473")]


def day() -> NextAction:
    """An officer with the table of routes, at a keyboard with `icc`."""
    council = signed_in("outcomes", "council-feed", org="cumbria")
    figures = signed_in("trajectories", "council-feed", org="cumbria")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "routes.csv"
        table = rewritten(PRINTED.read_text(), list(NAMED_ANEW.items()))

        file.write_text(rewritten(table, ONE_MORE[:1]))
        told = icc("push", "reablement", str(file), "--check", refused=True)
        assert "B2" in told
        says("checks the return: a total of April does not add up, in cell B2, and nothing is stored")

        file.write_text(table)
        assert "nothing was stored" in icc("push", "reablement", str(file), "--check")
        assert "472" in icc("push", "reablement", str(file))
        until(lambda: barrow(figures) == 50)
        says("mends the cell, checks, and sends: 472 assessments, of which Barrow has 50 in April")

        before = now()
        file.write_text(rewritten(table, ONE_MORE))
        told = icc("push", "reablement", str(file))
        assert re.search(r"46\D+47", told), told
    until(lambda: barrow(figures) == 51)
    assert barrow(figures, as_at=before) == 50
    says("finds one that was forgotten and restates: Barrow has 51 now, and 50 as it was known before")

    signals = council.get("/v1/feeds/signals.atom", params={"feed": "reablement"}).text
    assert "feed.revised" in signals
    says("sees that the revision was signalled to everybody who reads the feed")

    (due,) = taken(
        council.get(
            "/v1/feeds/reablement/completeness", params={"period": "2020-21-Q1", "council": "cumbria"}
        )
    )["items"]
    lacking = {one["table"] for one in due["missing"]}
    assert (due["status"], lacking) == ("late", {"outcomes"})
    return NextAction(
        "the completeness of reablement", f"Send the table of {lacking.pop()} of {due['period']} too"
    )


def barrow(figures: httpx.Client, *, as_at: str | None = None) -> Any:
    """Barrow's assessments of April 2020 as they are, or were, known."""
    asked = {"measure": "reablement-assessments", "community": "barrow", "from": "2020-04", "to": "2020-04"}
    answer = taken(figures.get("/v1/performance", params=asked | ({"as_at": as_at} if as_at else {})))
    return answer["series"][0]["points"][0]["value"]


def rewritten(text: str, changes: list[tuple[str, str]]) -> str:
    """The text with each of the changes made once."""
    for was, becomes in changes:
        assert was in text, was
        text = text.replace(was, becomes, 1)
    return text


if __name__ == "__main__":
    tell(day)
