"""Whatever a stranger's bytes hold, their reader says what is wrong with them: it never fails and never hangs."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.feeds.exchange import Form, SentFile, reading_lines
from services.outcomes.submissions.bodies import file_of_form
from shared.http.forms import MultipartBroken
from tests.outcomes.builders import ROUTES_CSV, long_csv, read, workbook
from tests.support.quarter import as_xlsx, outcomes_table, routes_table

LONG_CSV = long_csv("2020-01,kendal,community,19", "2020-02,Kendal ICC,Hospital,2")
LONG_JSON = b'{"rows": [{"period": "2020-01", "icc": "kendal", "category": "community", "count": 19}]}'
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="q.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n" + LONG_CSV + b"\r\n--b--\r\n"
)
HOSTILE = (
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b",", b"\r", b"\n", b"=", b"-1", b"1e400", b"NaN", b"\xe2\x80\x93",
    b"99999999999999999999", b"0x1F", b"1900-02-29", b"9" * 400, b"[" * 50, b"{", b"<", b"&#0;", b"&amp;", b"%00", b"*",
)  # fmt: skip
SPLICES = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 12),
        st.sampled_from(HOSTILE) | st.binary(max_size=8),
    ),
    min_size=1,
    max_size=6,
)
"""Where (as a part of the whole), how many bytes to take out, and what to put there."""


def spliced(content: bytes, splices: list[tuple[float, int, bytes]]) -> bytes:
    """The bytes with pieces replaced."""
    for place, gone, put in splices:
        at = int(place * len(content))
        content = content[:at] + put + content[at + gone :]
    return content


def says_what_is_wrong(content: bytes, form: Form) -> None:
    """The file is read or refused with codes, and what is said of it crosses the pipe."""
    reading = read(content, form=form)
    assert bool(reading.figures) or reading.findings.errors_total
    assert all(error.code.count(".") == 1 for error in reading.findings.errors)
    assert b'"errors_total"' in list(reading_lines(reading))[-1]


@given(SPLICES, st.sampled_from([ROUTES_CSV, LONG_CSV]))
def test_a_csv_of_any_bytes_is_read_or_refused_with_a_code(
    splices: list[tuple[float, int, bytes]], content: bytes
) -> None:
    says_what_is_wrong(spliced(content, splices), "csv")


@given(SPLICES)
def test_json_of_any_bytes_is_read_or_refused_with_a_code(splices: list[tuple[float, int, bytes]]) -> None:
    says_what_is_wrong(spliced(LONG_JSON, splices), "json")


@cache
def printed() -> bytes:
    return as_xlsx(routes_table(), outcomes_table())


@cache
def long() -> bytes:
    return workbook({"s": [["period", "icc", "category", "count"], ["2020-01", "kendal", "community", 19]]})


@given(SPLICES, st.sampled_from([printed, long]))
def test_a_workbook_of_damaged_bytes_is_read_or_refused_with_a_code(
    splices: list[tuple[float, int, bytes]], content: Callable[[], bytes]
) -> None:
    says_what_is_wrong(spliced(content(), splices), "xlsx")


PARTS = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
         "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml")  # fmt: skip
VALUES = (
    b"", b"x", b"-1", b"0", b"1e400", b"NaN", b"99999999999999999999", b"1.5", b"A0", b"AAAA1", b"XFE1048577", b"true", b"inlineStr",
    b"d", b"e", b"b", b"str", b"/", b"..", b"../../x", b"rId1", b"rId99", b"worksheet", b"utf-7", b"\xff", b"2020-13-45",
)  # fmt: skip


@given(
    st.sampled_from(PARTS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(VALUES)), min_size=1, max_size=4),
    st.sampled_from([printed, long]),
)
def test_a_workbook_whose_xml_holds_other_values_is_read_or_refused_with_a_code(
    part: str, changes: list[tuple[float, bytes]], content: Callable[[], bytes]
) -> None:
    """One attribute or text after the other is something that no spreadsheet would write there."""

    def changed(xml: bytes) -> bytes:
        for place, value in changes:
            marks = [at for at, byte in enumerate(xml) if byte in b'">']
            start = marks[int(place * len(marks))] + 1
            end = min((at for end in b'"<' if (at := xml.find(end, start)) >= 0), default=len(xml))
            xml = xml[:start] + value + xml[end:]
        return xml

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content())) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, changed(source.read(name)) if name == part else source.read(name))
    says_what_is_wrong(out.getvalue(), "xlsx")


@given(SPLICES, st.sampled_from([b"b", b"", b"\xff", b"b" * 200]))
def test_a_form_of_any_bytes_gives_its_file_or_is_refused_with_a_code(
    splices: list[tuple[float, int, bytes]], boundary: bytes
) -> None:
    with suppress(MultipartBroken):
        assert isinstance(file_of_form(spliced(FORM, splices), boundary), SentFile)


@given(
    st.text(max_size=300)
    | st.sampled_from(["Reablement \N{EN DASH} Q1.csv", '"', "\\", "a" * 300 + ".csv", ""])
)
def test_a_file_in_a_form_may_have_any_name(name: str) -> None:
    told = name.translate({ord(mark): f"%{ord(mark):02X}" for mark in '"\r\n'})  # as browsers send it
    form = FORM.replace(b"q.csv", told.encode("utf-8", "surrogatepass"))
    assert file_of_form(form, b"b").content == LONG_CSV
