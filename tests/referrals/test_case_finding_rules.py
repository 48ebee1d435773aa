"""The strict rule of the bands, and what a row and a file must say."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.case_finding.catalogue import scales
from services.referrals.case_finding.files import read_list
from services.referrals.case_finding.rules import (
    BANDS,
    BadRow,
    ListRefused,
    Person,
    Reading,
    is_too_bad,
)

HEAD = "nhs_number,practice,score,instrument,measured_on,postcode"
READING = Reading(
    scales=scales(), today=date(2026, 6, 30), knows_practice=lambda code: code == "A82026", strict=False
)


@pytest.mark.parametrize(
    ("instrument", "score", "band"),
    [
        # Clegg and others 2016, of 36 deficits: 4, 5, 8, 9, 12, 13.
        ("efi", "0", "fit"),
        ("efi", "0.1111", "fit"),
        ("efi", "0.12", "fit"),
        ("efi", "0.1200001", "mild"),
        ("efi", "0.125", "mild"),
        ("efi", "0.1389", "mild"),
        ("efi", "0.24", "mild"),
        ("efi", "0.245", "moderate"),
        ("efi", "0.25", "moderate"),
        ("efi", "0.36", "moderate"),
        ("efi", "0.3611", "severe"),
        ("efi", "1", "severe"),
        # The London board: moderate includes both of its ends.
        ("efi2", "0.0856", "fit"),
        ("efi2", "0.0857", "mild"),
        ("efi2", "0.1624", "moderate"),
        ("efi2", "0.2391", "moderate"),
        ("efi2", "0.2392", "severe"),
        # Rockwood.
        ("cfs", "4", "fit"),
        ("cfs", "5", "mild"),
        ("cfs", "6", "moderate"),
        ("cfs", "9", "severe"),
    ],
)
def test_a_band_begins_where_its_source_says(instrument: str, score: str, band: str) -> None:
    assert scales()[instrument].band_of(Decimal(score)) == band


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_higher_score_is_never_in_a_lower_band(one: int, other: int) -> None:
    lower, higher = sorted((Decimal(one) / 10_000, Decimal(other) / 10_000))
    for instrument in ("efi", "efi2"):
        bands = [BANDS.index(scales()[instrument].band_of(score)) for score in (lower, higher)]
        assert bands == sorted(bands)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (",A82026,0.3,efi,2026-06-01,", "nhs_number.required", "nhs_number"),
        ("9990000019,A82026,0.3,efi,2026-06-01,", "nhs_number.checksum", "nhs_number"),
        ("999000001,A82026,0.3,efi,2026-06-01,", "nhs_number.length", "nhs_number"),
        ("9990000018,,0.3,efi,2026-06-01,", "row.required", "practice"),
        ("9990000018,A99999,0.3,efi,2026-06-01,", "ods.unknown", "practice"),
        ("9990000018,A82026,,efi,2026-06-01,", "number.required", "score"),
        ("9990000018,A82026,high,efi,2026-06-01,", "number.format", "score"),
        ("9990000018,A82026,1.01,efi,2026-06-01,", "number.range", "score"),
        ("9990000018,A82026,4.5,cfs,2026-06-01,", "number.integer_required", "score"),
        ("9990000018,A82026,0.3,hfrs,2026-06-01,", "enum", "instrument"),
        ("9990000018,A82026,0.3,efi,01/06/2026,", "date.format", "measured_on"),
        ("9990000018,A82026,0.3,efi,2026-07-01,", "date.future", "measured_on"),
        ("9990000018,A82026,0.3,efi,2026-06-01,LA99", "postcode.format", "postcode"),
        ("9990000018,A82026,0.3,efi", "row.field_count", ""),
    ],
)
def test_a_bad_row_is_named_without_its_values(row: str, code: str, column: str) -> None:
    people, bad = read_list(f"{HEAD}\n{row}\n".encode(), "csv", READING)
    assert people == []
    assert [(one.row, one.code, one.column) for one in bad] == [(2, code, column)]
    assert not [cell for cell in row.split(",") if len(cell) > 3 and cell in bad[0].detail]


def test_a_good_row_keeps_of_the_postcode_only_its_sector() -> None:
    people, bad = read_list(
        f"{HEAD}\n999 000 0018,A82026,0.3611,efi,2026-06-01,la9 4je\n".encode(), "csv", READING
    )
    assert bad == []
    sector = "LA9 4"
    assert people == [
        Person(2, "9990000018", None, "A82026", "efi", Decimal("0.3611"), "severe", date(2026, 6, 1), sector)
    ]


def test_the_same_person_twice_is_set_aside_and_with_two_scores_is_nobody() -> None:
    same = "9990000018,A82026,0.3,efi,2026-06-01,"
    torn = ("9990000026,A82026,0.3,efi,2026-06-01,", "9990000026,A82026,0.4,efi,2026-06-01,")
    people, bad = read_list("\n".join((HEAD, same, *torn, same)).encode(), "csv", READING)
    assert [one.row for one in people] == [2]
    assert [(one.row, one.code) for one in bad] == [
        (3, "row.conflict"),
        (4, "row.conflict"),
        (5, "row.duplicate"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b" \n", "file.empty"),
        (HEAD.encode(), "file.no_rows"),
        (HEAD.encode("utf-16"), "file.encoding"),
        (HEAD.encode() + b"\n\x00", "file.control_character"),
        (HEAD.encode() + b'\n"a"b,c', "file.csv_syntax"),
        (b"nhs_number,practice,score,instrument\n1,2,3,4", "file.header"),
        (b"practice,score,instrument,measured_on\n1,2,3,4", "file.header"),
        (HEAD.encode() + b",name\n1", "file.header_unknown"),
        (HEAD.encode() + b",score\n1", "file.header_duplicate"),
        # So many columns that looking for each among all of them would take minutes.
        (b",".join(b"c%d" % at for at in range(200_000)) + b"\n1", "file.header_unknown"),
        (b"score," * 1_000 + b"\n1", "file.header_duplicate"),
        (b"score," * 200_000 + b"\n1", "file.header_unknown"),
    ],
)
def test_what_is_no_list_is_refused_whole(content: bytes, code: str) -> None:
    with pytest.raises(ListRefused) as refused:
        read_list(content, "csv", READING)
    assert refused.value.code == code


def test_ten_bad_rows_are_always_set_aside_and_of_more_one_in_twenty() -> None:
    assert not is_too_bad(good=1, bad=10)
    assert is_too_bad(good=1, bad=11)
    assert not is_too_bad(good=1900, bad=100)
    assert is_too_bad(good=1899, bad=101)
    assert isinstance(read_list(f"{HEAD}\n,,,,,".encode() + b"\nx,,,,,", "csv", READING)[1][0], BadRow)
