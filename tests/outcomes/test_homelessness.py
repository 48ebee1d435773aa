"""A feed about councils: each sends for itself alone, and what the whole system counts once is stated once."""

import pytest

from tests.outcomes.builders import long_csv
from tests.outcomes.sending import cells, checked, send
from tests.outcomes.test_completeness import returns
from tests.support.running import Running

HOMELESS = {"feed": "homelessness", "org": "lancaster-city"}
OTHER = {"feed": "homelessness", "org": "barrow-borough"}
ASSESSED = "2020-02,morecambe-bay,health-assessments,152"


def homeless(*rows: str, header: str = "period,place,category,count") -> bytes:
    return long_csv(*rows, header=header)


async def test_each_council_states_how_many_people_it_accommodated(outcomes: Running) -> None:
    await send(outcomes, homeless("2020-02,lancaster-city,accommodated,95"), **HOMELESS)
    await send(outcomes, homeless("2020-02,council:barrow-borough,accommodated,72"), **OTHER)
    for place, people in (("lancaster-city", 95), ("barrow-borough", 72)):
        assert await cells(outcomes, "homeless-accommodated", place=place) == {
            ("2020-02", ""): (people, None)
        }


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("barrow-borough", "row.out_of_scope", "for itself alone"),
        ("council:lancashire", "row.out_of_scope", "for itself alone"),
        ("lancaster", "row.out_of_scope", "by council, not by community"),
        ("morecambe-bay", "row.out_of_scope", "by council, not by community"),
        ("Narnia", "icc.unknown", "no council of this name"),
    ],
)
async def test_a_council_speaks_for_no_other_place_and_is_told_its_own(
    outcomes: Running, place: str, code: str, said: str
) -> None:
    content = homeless("2020-06,lancaster-city,accommodated,41", f"2020-06,{place},accommodated,42")
    (error,) = (await checked(outcomes, content, **HOMELESS))["errors"]
    assert (error["code"], error["row"], error["column"]) == (code, 3, "place")
    assert said in error["detail"]
    assert "Write lancaster-city" in error["detail"]


@pytest.mark.parametrize(
    ("place", "code"), [("lancaster-city", "row.out_of_scope"), ("Narnia", "icc.unknown")]
)
async def test_health_assessments_are_counted_for_the_whole_bay(
    outcomes: Running, place: str, code: str
) -> None:
    (error,) = (await checked(outcomes, homeless(f"2020-02,{place},health-assessments,152"), **HOMELESS))[
        "errors"
    ]
    assert (error["code"], error["row"]) == (code, 2)
    assert "Write morecambe-bay" in error["detail"]


async def test_rows_headed_as_communities_are_told_the_column(outcomes: Running) -> None:
    for column in ("icc", "practice"):
        content = homeless("2020-02,lancaster,accommodated,1", header=f"period,{column},category,count")
        (error,) = (await checked(outcomes, content, **HOMELESS))["errors"]
        assert (error["code"], error["column"]) == ("file.header", column)
        assert "Head the column place" in error["detail"]


async def test_what_one_council_states_for_the_whole_bay_no_other_can_add_to(outcomes: Running) -> None:
    await send(outcomes, homeless(ASSESSED), **HOMELESS)
    content = homeless("2020-02,barrow-borough,accommodated,72", ASSESSED)
    for said in (await checked(outcomes, content, **OTHER), await send(outcomes, content, **OTHER)):
        (error,) = said["errors"]
        assert (error["code"], error["row"], error["column"]) == ("row.conflict", 3, "place")
        assert error["cell"] == "B3"
        assert error["detail"].startswith("lancaster-city states this figure of 2020-02")
    assert await cells(outcomes, "homeless-health-assessments", place="morecambe-bay") == {
        ("2020-02", ""): (152, None)
    }


async def test_a_figure_of_the_whole_bay_that_is_withdrawn_may_be_stated_by_another(
    outcomes: Running,
) -> None:
    await send(outcomes, homeless(ASSESSED), **HOMELESS)
    withdrawn = homeless("2020-02,morecambe-bay,health-assessments,")
    assert (await send(outcomes, withdrawn, **HOMELESS))["status"] == "accepted"
    assert (await send(outcomes, homeless(ASSESSED), **OTHER))["status"] == "accepted"
    assert await cells(outcomes, "homeless-health-assessments", place="morecambe-bay") == {
        ("2020-02", ""): (152, None)
    }


async def test_a_council_restates_its_own_figure_of_the_whole_bay(outcomes: Running) -> None:
    first = await send(outcomes, homeless(ASSESSED), **HOMELESS)
    second = await send(outcomes, homeless("2020-02,morecambe-bay,health-assessments,150"), **HOMELESS)
    assert (second["status"], second["supersedes"]) == ("accepted", first["id"])


async def test_the_template_offers_what_will_be_accepted_and_completeness_finds_it(outcomes: Running) -> None:
    council = outcomes.token("council-feed", org="lancaster-city")
    path = "/v1/feeds/homelessness"
    answer = await outcomes.client.get(f"{path}/template.csv?period=2020-02", headers=council)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "period,place,category,count,note",
        "2020-02,lancaster-city,accommodated,,",
        "2020-02,morecambe-bay,health-assessments,,",
    ]
    await send(outcomes, "\n".join(line.replace(",,", ",7,") for line in lines).encode(), **HOMELESS)
    (own,) = await returns(outcomes, "homelessness", org="lancaster-city", period="2020-02")
    assert (own["status"], own["missing"]) == ("late", [])
    # Another council is awaited for its own people; what is counted once for everybody is there.
    (other,) = await returns(outcomes, "homelessness", org="barrow-borough", period="2020-02")
    assert (other["status"], other["missing"]) == ("overdue", [])
