"""A return names no person: in no cell, however written, and in no part of a workbook that no cell shows."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from shared.nhs_numbers import nhs_check_digit
from shared.workbooks.identifiers import check_text
from tests.outcomes.builders import read, workbook
from tests.outcomes.sending import XLSX, send
from tests.outcomes.test_xlsx import LONG, repacked
from tests.support.quarter import Table, as_csv, routes_table
from tests.support.running import Running

NUMBER = "9990000018"  # a test number: those that begin with 999 are nobody's

SPELLINGS = [
    "9990000018",
    "999 000 0018",
    "999  000   0018",
    "999\N{NO-BREAK SPACE}000\N{NARROW NO-BREAK SPACE}0018",
    "999\N{ZERO WIDTH SPACE}000\N{ZERO WIDTH SPACE}0018",
    "999-000-0018",
    "999\N{EN DASH}000\N{MINUS SIGN}0018",
    "999.000.0018",
    "999/000/0018",
    "999_000_0018",
    "(999) 000 0018",
    "９９９　０００　００１８",
    "٩٩٩٠٠٠٠٠١٨",
    "9990000018.0",
    "9.990000018E9",
    "9.990000018e+09",
    "9,990,000,018",
    "9 9 9 0 0 0 0 0 1 8",
    "99900 00018",
    "NHS9990000018",
    "No.9990000018;",
    "N9990000018A",
    "'9990000018",
    "seen 12/04/2020, 999 000 0018, again 01/05/2020",
]
NOBODY = [
    "9990000019",
    "0.4285714286",
    "43221.4285714286",
    "12/04/2020 10:15:22",
    "2018-07-12T10:00:00Z",
    "01539 720000",
    "016977 2412",
    "07700 900123",
    "Jan 2020, Feb 2020, Mar 2020",
    "1,234,567",
    "153 140 179 472",
    "20200101123456",
    "1 2 3 4 5 6 7 8 9 10 11 12",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_nhs_number_is_found_however_it_is_written(spelling: str) -> None:
    assert check_text(f"Ada {spelling} seen") is not None or check_text(spelling) is not None
    row = ["2020-01", "kendal", "community", 19, spelling]
    content = workbook({"s": [["period", "icc", "category", "count", "note"], row]})
    (found,) = read(content, form="xlsx").findings.errors
    assert (found.code, found.cell, found.column) == ("file.pii_detected", "E2", "note")


GAPS = [
    " ",
    "  ",
    "-",
    ".",
    "/",
    "_",
    ", ",
    " - ",
    "\N{NO-BREAK SPACE}",
    "\N{THIN SPACE}",
    "\N{EN DASH}",
    "\N{SOFT HYPHEN}",
]
SCRIPTS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]


@given(
    st.integers(300_000_000, 999_999_999).filter(lambda nine: nhs_check_digit(str(nine)) is not None),
    st.sampled_from(GAPS),
    st.sampled_from(SCRIPTS),
    st.sampled_from(["", "NHS no. ", "(", "Mrs A, ", "12/04/2020: ", "\n", "x"]),
    st.sampled_from(["", ")", " 12 April", ".", "\t", "y"]),
)
def test_any_number_is_found_between_any_words(
    nine: int, gap: str, script: str, before: str, after: str
) -> None:
    ten = f"{nine}{nhs_check_digit(str(nine))}"
    written = gap.join((ten[:3], ten[3:6], ten[6:])).translate(str.maketrans("0123456789", script))
    assert check_text(f"{before}{written}{after}") is not None


@pytest.mark.parametrize("text", NOBODY)
def test_what_is_no_nhs_number_names_nobody(text: str) -> None:
    assert check_text(text) is None


def test_a_number_in_a_cell_is_found_whatever_the_cell_shows() -> None:
    for cell in (9990000018, 9990000018.0):
        content = workbook(
            {"s": [["period", "icc", "category", "count"], ["2020-01", "kendal", "community", cell]]}
        )
        assert [(one.code, one.cell) for one in read(content, form="xlsx").findings.errors] == [
            ("file.pii_detected", "D2")
        ]


def edited(change: Callable[[openpyxl.Workbook], Any]) -> bytes:
    """The printed table in a workbook to which something was done."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in routes_table():
        book.worksheets[0].append(row)
    change(book)
    book.save(out)
    return out.getvalue()


def _comment(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["B3"].comment = Comment("ring Ada, 999 000 0018", "me")


def _footer(book: openpyxl.Workbook) -> None:
    footer = book.worksheets[0].oddFooter
    assert footer is not None
    assert footer.left is not None
    footer.left.text = "Ada 999 000 0018"


def _property(book: openpyxl.Workbook) -> None:
    book.properties.description = "about 999-000-0018"


def _name(book: openpyxl.Workbook) -> None:
    book.defined_names["Ada"] = DefinedName("Ada", attr_text='"9990000018"')


def _prompt(book: openpyxl.Workbook) -> None:
    rule = DataValidation(
        type="whole", operator="greaterThan", formula1="0", prompt="as for 9990000018", promptTitle="x"
    )
    rule.add("B3")
    book.worksheets[0].add_data_validation(rule)


def _link(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["B3"].hyperlink = "mailto:ada@example.org?subject=9990000018"


PIVOT = b"""<pivotCacheDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cacheFields count="2">
<cacheField name="Client"/><cacheField name="DOB"/></cacheFields></pivotCacheDefinition>"""
TEXT_BOX = b"""<xdr:wsDr xmlns:xdr="x" xmlns:a="y"><a:p><a:r><a:t>Ada 999 </a:t></a:r><a:r><a:rPr/><a:t>000 0018</a:t></a:r></a:p></xdr:wsDr>"""

VML = b"<xml><br><x:ClientData><b>999</b> 000 0018</x:ClientData></xml>"
SHARED = b"</si></sst>", b"</si><si><r><t>Ada 999 </t></r><r><rPr><b/></rPr><t>000 0018</t></r></si></sst>"


def added(name: str, content: bytes) -> bytes:
    """The long form in a workbook with one part more."""
    out = io.BytesIO(LONG)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (edited(_comment), "A comment"),
        (edited(_footer), "A header, footer"),
        (edited(_property), "A property of the document"),
        (edited(_name), "A defined name"),
        (edited(_prompt), "A header, footer, formula, link or input message"),
        (edited(_link), "A header, footer, formula, link"),
        (
            added("xl/pivotCache/pivotCacheRecords1.xml", b'<r><s v="999 000 0018"/></r>'),
            "The data behind a pivot",
        ),
        (
            added("xl/pivotCache/pivotCacheDefinition1.xml", PIVOT),
            "The data behind a pivot table has columns",
        ),
        (added("xl/drawings/drawing1.xml", TEXT_BOX), "A drawing or text box"),
        (added("xl/drawings/vmlDrawing1.vml", VML), "A comment, drawing or picture"),
        (added("xl/printerSettings/printerSettings1.bin", "999 000 0018".encode("utf-16-le")), "A part that"),
        (added("xl/media/image1.emf", b"\x01\x00" + "Ada 9990000018".encode("utf-16-le")), "A picture"),
        (repacked(LONG, lambda _, part: part.replace(*SHARED)), "A text that no cell shows as one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_part_of_a_workbook_is_looked_through(content: bytes, place: str) -> None:
    reading = read(content, form="xlsx", period="2019-20-Q4")
    assert {one.code for one in reading.findings.errors} == {"file.pii_detected"}
    assert reading.findings.errors[0].detail.startswith(place)
    assert reading.figures == []


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("xl/charts/chart1.xml", b'<c><axId val="9990000018"/><uniqueId val="9990000018"/></c>'),
        ("xl/charts/chart2.xml", b'<x uid="{00000000-0000-0000-0000-9990000018AB}"/>'),
        ("docProps/custom.xml", b"<p>0x010100A9990000018B4F2E9C</p>"),
        ("customXml/item1.xml", b"<p>https://x/DocIdRedir.aspx?ID=XVYQ3QFKEPFN-9990000018-12</p>"),
        ("xl/tables/table9.xml", b'<t width="12.9990000018" at="2020-07-12T10:00:00Z"/>'),
    ],
)
def test_numbers_that_programs_make_up_name_nobody(name: str, part: bytes) -> None:
    """Ids, digests, sizes and times that hold ten digits of which the last happens to fit."""
    assert read(added(name, part), form="xlsx").findings.errors == []


def test_another_file_within_a_workbook_is_refused() -> None:
    (found,) = read(added("xl/embeddings/clients.xlsx", LONG), form="xlsx").findings.errors
    assert found.code == "file.hidden_content"


LONG_ROWS: Table = [["period", "icc", "category", "count"], ["2020-01", "kendal", "community", 19]]
PEOPLE: Table = [["Client", "DoB", "Postcode"], ["Ada Archer", "11/02/1938", "LA9 4JE"]]
UNNAMED: Table = [
    ["", "x", "y"],
    ["A", "11/02/1938", "LA9 4JE"],
    ["B", "12/02/1950", "LA9 4JF"],
    ["C", "13/02/1961", "LA9 4JG"],
]
ONE_PERSON: Table = [["Name", "Ada Archer"], ["Date of birth", "11/02/1938"], ["Seen by", "B"]]
BESIDE: Table = [["Surname", "NHS No", "Route"], ["Archer", "", "Hospital"]]


@pytest.mark.parametrize(
    "people", [PEOPLE, UNNAMED, ONE_PERSON, BESIDE], ids=["headed", "unheaded", "particulars", "beside"]
)
def test_a_list_of_people_is_refused_and_nothing_of_it_is_told(people: Table) -> None:
    for content, form in (
        (workbook({"Routes": routes_table(), "Archer, A": people}), "xlsx"),
        (workbook({"Archer, A": people, "Long": LONG_ROWS}), "xlsx"),
        (as_csv(people), "csv"),
        (as_csv(routes_table(), [[]], people), "csv"),
    ):
        reading = read(content, form=form, period="2019-20-Q4")  # type: ignore[arg-type]
        told = [one.to_json() for one in reading.findings.errors]
        assert {one["code"] for one in told} == {"file.pii_detected"}
        assert not [
            word
            for word in ("Archer", "Ada", "1938", "LA9")
            if word in str((told, reading.aliases, reading.findings.warnings))
        ]


@pytest.mark.parametrize(
    "notes",
    [
        [
            ["Name", "Performance team"],
            ["Telephone", "01539 000 000"],
            ["Address", "County Offices, LA9 4RQ"],
        ],
        [["Note number", "Note text"], ["1", "Births were not counted."]],
        [
            ["Month", "Printed on"],
            ["January", "01/02/2020"],
            ["February", "01/03/2020"],
            ["March", "01/04/2020"],
        ],
    ],
)
def test_a_cover_and_notes_are_no_list_of_people(notes: Table) -> None:
    assert read(workbook({"Notes": notes, "Long": LONG_ROWS}), form="xlsx").findings.errors == []


async def test_a_file_with_people_leaves_nothing_of_them(outcomes: Running) -> None:
    found = await send(outcomes, edited(_comment), media_type=XLSX, period="2019-20-Q4")
    assert (found["status"], found["errors"][0]["code"]) == ("rejected", "file.pii_detected")
    assert await outcomes.rows("select 1 from feed_file") == []
    stored = await outcomes.rows("select to_jsonb(s)::text as told from feed_submission s")
    assert [one for one in ("Ada", "000 0018", NUMBER) if one in stored[0]["told"]] == []
