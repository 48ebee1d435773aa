"""SNOMED CT identifiers of concepts: a table of cases with the source of each, and what a check digit promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.records.snomed import check_digit_fits, concept_fault

SPECIFICATION = "Release File Specification, example SNOMED CT identifiers"
RELEASE = "International Edition"


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("100005", SPECIFICATION),  # the shortest of all
        ("1290023401004", SPECIFICATION),
        ("11000001102", SPECIFICATION),  # of an extension, with its namespace
        ("10989121108", SPECIFICATION),
        ("999999990989121104", SPECIFICATION),  # the longest of all
        ("161898004", RELEASE),
        ("22298006", RELEASE),  # Myocardial infarction
        ("73211009", RELEASE),  # Diabetes mellitus
        ("138875005", RELEASE),  # SNOMED CT concept, the root
        ("900000000000207008", RELEASE),  # core module
        ("999000011000000103", "UK Edition"),  # its clinical extension's module
    ],
)
def test_the_identifier_of_a_concept_passes(code: str, source: str) -> None:
    assert concept_fault(code) is None, source


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("161898005", "check digit"),  # the last digit mistyped
        ("161989004", "check digit"),  # two neighbours exchanged
        ("161898014", "check digit"),
        ("22298007", "check digit"),
        ("10000", "digits"),  # five digits
        ("1999999990989121104", "digits"),  # nineteen
        ("0100005", "digits"),  # no identifier begins with 0
        ("fall", "digits"),
        ("16189800X", "digits"),
        ("١٦١٨٩٨٠٠٤", "digits"),  # digits of another script
        ("16S..", "digits"),  # a Read code
        ("", "digits"),
        ("100014", "concept"),  # a description, of the specification's examples
        ("100022", "concept"),  # a relationship
        ("1290023401015", "concept"),
        ("37436014", "concept"),  # the description “Myocardial infarction”
    ],
)
def test_what_identifies_no_concept_is_refused_by_its_reason(code: str, word: str) -> None:
    fault = concept_fault(code)
    assert fault is not None
    assert word in fault
    assert not code or code not in fault


def _completed(item: str) -> str:
    return next(item + digit for digit in "0123456789" if check_digit_fits(item + digit))


identifiers = st.integers(10**4, 10**16).map(str).map(_completed)


@given(identifiers, st.data())
def test_no_mistyped_digit_goes_unnoticed(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 1))
    digit = data.draw(st.sampled_from([one for one in "0123456789" if one != code[place]]))
    assert not check_digit_fits(code[:place] + digit + code[place + 1 :])


@given(identifiers, st.data())
def test_no_exchange_of_neighbours_goes_unnoticed(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 2))
    exchanged = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert exchanged == code or not check_digit_fits(exchanged)


@given(st.integers(10**4, 10**16))
def test_every_item_has_exactly_one_check_digit(item: int) -> None:
    assert sum(check_digit_fits(f"{item}{digit}") for digit in range(10)) == 1


@given(st.text(max_size=20))
def test_every_text_has_a_fault_or_is_digits(text: str) -> None:
    assert concept_fault(text) is not None or text.isdigit()
