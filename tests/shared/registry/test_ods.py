"""An ODS extract is compared with the registry, never taken over."""

from datetime import date
from pathlib import Path

import pytest

from shared.registry import Registry
from shared.registry.check import main as check
from shared.registry.ods import Difference, compare, main, outside_entries, read_networks, read_practices
from tests.shared.registry.conftest import INVENTED

ON = date(2022, 1, 1)


def a_row(code: str, name: str, postcode: str, *, closed: str = "", setting: str = "4") -> list[str]:
    """A row of epraccur: 27 columns, of which we read five."""
    row = [""] * 27
    row[0], row[1], row[9], row[11], row[25] = code, name, postcode, closed, setting
    return row


AGREEING = [
    a_row("Z10001", "WEIR SURGERY", "ZZ1 1AA"),
    a_row("Z10002", "BRIDGE SURGERY", "ZZ1 2AA"),
    a_row("Z10003", "FORGE SURGERY", "ZZ2 1AA", closed="20160630"),
    a_row("Z10004", "FORD SURGERY", "ZZ2 1AB", closed="20141231"),
    a_row("Z10005", "LOCK SURGERY", "ZZ3 1AA"),
    a_row("Z10006", "NEW SURGERY", "ZZ3 2AA"),
]


def test_an_extract_that_agrees_gives_no_difference(invented: Registry) -> None:
    assert compare(invented, read_practices(AGREEING), {"Z10001": "U90001"}, on=ON) == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            a_row("Z10001", "WEIR SURGERY", "ZZ1 1AA", closed="20211231"),
            "open in the registry, closed on 2021-12-31 in the extract",
        ),
        (
            a_row("Z10001", "WEIR HEALTH CENTRE", "ZZ1 1AA"),
            "named Weir Surgery in the registry, WEIR HEALTH CENTRE in the extract",
        ),
        (a_row("Z10001", "WEIR SURGERY", "ZZ1 1AB"), "at ZZ1 1AA in the registry, at ZZ1 1AB in the extract"),
    ],
)
def test_what_ods_says_otherwise_is_told(invented: Registry, row: list[str], sentence: str) -> None:
    practices = read_practices([*AGREEING, row])
    assert compare(invented, practices, None, on=ON) == [Difference("Z10001", sentence)]


def test_a_practice_that_the_extract_lacks_or_reopens_is_told(invented: Registry) -> None:
    practices = read_practices([*AGREEING[:2], a_row("Z10003", "FORGE SURGERY", "ZZ2 1AA"), *AGREEING[3:5]])
    assert compare(invented, practices, None, on=ON) == [
        Difference("Z10003", "closed in the registry, open in the extract"),
        Difference("Z10006", "the extract does not list it"),
    ]


def test_a_practice_in_another_network_is_told(invented: Registry) -> None:
    found = compare(invented, read_practices(AGREEING), {"Z10001": "U90002", "Z10002": "U90001"}, on=ON)
    assert [difference.sentence for difference in found] == [
        "in network U90001 in the registry, U90002 in the extract",
        "in network none in the registry, U90001 in the extract",
    ]


def test_networks_are_read_by_heading_and_without_those_that_ended() -> None:
    rows = [
        {"Practice_Code": "Z10001", "PCN_Code": "U90001", "rel_end": ""},
        {"Practice_Code": "Z10002", "PCN_Code": "U90001", "rel_end": "20200331"},
    ]
    assert read_networks(rows) == {"Z10001": "U90001"}
    with pytest.raises(ValueError, match="pcn code"):
        read_networks([{"practice code": "Z10001"}])


def test_only_practices_are_read_and_another_file_is_refused() -> None:
    assert read_practices([a_row("Y99999", "A HOSPICE", "ZZ9 9ZZ", setting="9")]) == {}
    with pytest.raises(ValueError, match="row 1: an epraccur row has 27 columns, this one 3"):
        read_practices([["Z10001", "WEIR SURGERY", "ZZ1 1AA"]])


def test_the_rest_of_england_becomes_entries_for_outside(invented: Registry) -> None:
    practices = read_practices([*AGREEING, a_row("Q10001", "FAR SURGERY", "QQ1 1QQ")])
    assert outside_entries(invented, practices) == [
        {"code": "Q10001", "name": "FAR SURGERY", "postcode": "QQ1 1QQ"}
    ]


def test_the_command_prints_one_difference_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract = tmp_path / "epraccur.csv"
    extract.write_text("\n".join(",".join(row) for row in AGREEING[:-1]))
    assert main(["--practices", str(extract), "--registry", str(INVENTED), "--on", "2022-01-01"]) == 0
    assert capsys.readouterr().out == "Z10006: the extract does not list it\n"


def test_a_file_can_be_tried_before_a_service_is_started_on_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check([str(INVENTED)]) == 0
    assert "silver-valley, edition invented-1: 1 system, 2 oversight, 2 icc" in capsys.readouterr().out
    broken = tmp_path / "registry.json"
    broken.write_text(INVENTED.read_text().replace('"of": "U90001"', '"of": "U90002"'))
    assert check([str(broken)]) == 1
    assert "practice Z10001: U90002 is not in the registry" in capsys.readouterr().err
