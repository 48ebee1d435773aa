"""Commentaries: what a community says of its figures in a period."""

from typing import Any

import pytest

from tests.support.running import Running
from tests.trajectories.writing import listed, look, seen, send, written

ADDRESS = "/v1/commentaries"
KENDAL: dict[str, Any] = {"communities": ("kendal",)}


def a_commentary(**changes: Any) -> dict[str, Any]:
    """The body of a commentary on Kendal's quarter."""
    body = {
        "measure": "reablement-assessments",
        "community": "kendal",
        "period": "2019-20-Q4",
        "text": "The team was short of two people.",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


async def test_a_commentary_is_kept_and_read_by_everybody(changing: Running) -> None:
    made = await written(changing, "POST", ADDRESS, a_commentary(), who=KENDAL)
    assert await seen(changing, f"{ADDRESS}/{made['id']}", "dashboard") == made
    assert (made["author"], made["period"]) == ("local:development-lead", "2019-20-Q4")
    assert [row["event"] for row in await changing.rows("select event from audit")] == ["commentary.write"]


async def test_commentaries_are_listed_newest_first_by_the_names_they_were_written_with(
    changing: Running,
) -> None:
    first = await written(changing, "POST", ADDRESS, a_commentary())
    second = await written(changing, "POST", ADDRESS, a_commentary(measure=None))
    third = await written(changing, "POST", ADDRESS, a_commentary(community="barrow", period="2020-01"))
    assert await listed(changing, ADDRESS) == [third, second, first]
    assert await listed(changing, ADDRESS, community="kendal") == [second, first]
    assert await listed(changing, ADDRESS, measure="reablement-assessments") == [third, first]
    assert await listed(changing, ADDRESS, period="2020-01") == [third]
    page = await seen(changing, ADDRESS, limit=2)
    assert (await seen(changing, ADDRESS, limit=2, cursor=page["next"]))["items"] == [first]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"text": ""}, "text.blank", "/text"),
        ({"period": "winter"}, "date.format", "/period"),
        ({"measure": "unheard-of"}, "code.unknown", "/measure"),
        ({"community": "bay"}, "icc.ambiguous", "/community"),
        ({"community": None}, "body.required", "/community"),
        ({"text": "Call her \u202e now"}, "text.bidi_control", "/text"),
        ({"text": "Ask about 999-000-0018."}, "text.forbidden", "/text"),
    ],
)
async def test_a_commentary_that_cannot_be_is_refused(
    changing: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await send(changing, "POST", ADDRESS, a_commentary(**change))
    assert answer.status_code == 422, answer.text
    assert {"code": code, "pointer": pointer}.items() <= answer.json()["errors"][0].items()


async def test_a_community_speaks_for_itself(changing: Running) -> None:
    body = a_commentary()
    assert (await send(changing, "POST", ADDRESS, body, who={"communities": ("east",)})).status_code == 403
    assert (await send(changing, "POST", ADDRESS, body, "analyst")).status_code == 403
    practice = await written(changing, "POST", ADDRESS, a_commentary(community="A82026", measure=None))
    assert (await look(changing, f"{ADDRESS}/{practice['id']}", "dashboard")).status_code == 404
    assert await listed(changing, ADDRESS, "dashboard") == []
