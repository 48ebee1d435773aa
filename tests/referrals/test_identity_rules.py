"""NHS numbers, postcodes, telephone numbers and addresses: each rule as a table of cases with its source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.identity import rules
from shared.nhs_numbers import without_separators


@pytest.mark.parametrize(
    "text",
    [
        "9434765919",  # NHS Data Dictionary's example
        "9990000018",  # test range, NHS Digital
        "9990000026",
        "9990000115",
        "999 000 0018",  # grouped 3-3-4, as printed on letters
        "999-000-0018",
        "999\u00a0000\u00a00018",  # no-break, as copied from a web page
        "999  000  0018",
        "999\u2009000\u20090018",  # thin
        "\ufeff9990000018",  # no width: the start of a file
        " 9990000018\u00a0",
    ],
)
def test_a_sound_nhs_number_is_kept_as_ten_digits(text: str) -> None:
    digits = "".join(character for character in text if character.isdigit())
    assert rules.nhs_number(text, test_numbers_allowed=True) == digits
    assert without_separators(text) == digits


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nhs_number.required"),
        ("9434765918", "nhs_number.checksum"),
        ("9876543210", None),  # looks invented, and passes
        ("987 654 4321", "nhs_number.checksum"),  # printed as an example in guidance, and fails
        ("9990000000", "nhs_number.checksum"),  # its prefix gives 10: no number begins so
        ("943476591", "nhs_number.length"),
        ("94347659190", "nhs_number.length"),
        ("ABCDEFGHIJ", "nhs_number.format"),
        ("943476591O", "nhs_number.format"),
        ("٩٤٣٤٧٦٥٩١٩", "nhs_number.format"),  # digits of another script
        ("94 34765919", "nhs_number.format"),
        ("943 476-5919", "nhs_number.format"),
        ("943\n476\n5919", "nhs_number.format"),
        ("9999999999", "nhs_number.repeated_digits"),  # passes modulus 11, as all ten do
        ("0000000000", "nhs_number.repeated_digits"),
        ("4444444444", "nhs_number.repeated_digits"),
        ("3478526985", "nhs_number.checksum"),  # in most official BaRS examples
        ("7778521234", "nhs_number.checksum"),
    ],
)
def test_an_unsound_nhs_number_is_refused_by_its_reason(text: str, code: str | None) -> None:
    assert _fault(text) == code


def test_test_numbers_are_refused_where_they_are_not_allowed() -> None:
    with pytest.raises(rules.Fault) as refused:
        rules.nhs_number("9990000018", test_numbers_allowed=False)
    assert refused.value.code == "nhs_number.test_range"
    assert rules.nhs_number("9434765919", test_numbers_allowed=False) == "9434765919"


@given(st.text(max_size=20))
def test_every_text_is_an_nhs_number_or_has_a_named_fault(text: str) -> None:
    code = _fault(text)
    assert code is None or code.startswith("nhs_number.")
    assert code is not None or rules.nhs_number(text, test_numbers_allowed=True).isdigit()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("LA9 4JE", "LA9 4JE"),
        ("la94je", "LA9 4JE"),
        ("LA14 1LF", "LA14 1LF"),
        ("EC1A 1BB", "EC1A 1BB"),  # Royal Mail's six shapes
        ("W1A 0AX", "W1A 0AX"),
        ("M1 1AE", "M1 1AE"),
        ("B33 8TH", "B33 8TH"),
        ("CR2 6XH", "CR2 6XH"),
        ("DN55 1PT", "DN55 1PT"),
        ("ZZ99 3VZ", "ZZ99 3VZ"),  # no fixed abode, NHS postcode directory
        ("zz993wz", "ZZ99 3WZ"),  # not known
        ("ZZ99", "ZZ99"),
        ("ZZZSECUR", "ZZZSECUR"),  # kept secret
        ("ZZZ SECUR", "ZZZSECUR"),
        ("BFPO 57", "BFPO 57"),  # the British Forces' post office
        ("bfpo5999", "BFPO 5999"),
        ("BFPO", "BFPO"),
        ("BF1 2AU", "BF1 2AU"),
        ("LA9  4JE", "LA9 4JE"),
        ("LA9\u00a04JE", "LA9 4JE"),
        (" LA9 4JE\u200b", "LA9 4JE"),
    ],
)
def test_a_postcode_is_made_canonical(text: str, canonical: str) -> None:
    assert rules.postcode(text) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "LA9", "LA9 4J", "LA9\t4JE", "9LA 4JE", "ZZZ", "BFPO ?", "LA9 4CE\n", "LA9 CJE", "ＬＡ９ ４ＪＥ"],
)
def test_what_is_no_postcode_is_refused(text: str) -> None:
    with pytest.raises(rules.Fault, match="postcode"):
        rules.postcode(text)


@pytest.mark.parametrize(
    "text", ["01539 722000", "+44 (0)1539 722000", "07700 900123", "01539 722000 ext 12"]
)
def test_a_telephone_number_is_kept_as_given(text: str) -> None:
    assert rules.phone(text) == text


@pytest.mark.parametrize(
    "text", ["01539\u00a0722000", "01539  722000", " 01539 722000 ", "01539\u202f722000"]
)
def test_the_blanks_of_a_telephone_number_become_plain_ones(text: str) -> None:
    assert rules.phone(text) == "01539 722000"


@pytest.mark.parametrize("text", ["", "12345", "call me", "01539 722000 or 722001", "1" * 16, "٠١٥٣٩٧٢٢٠٠٠"])
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    with pytest.raises(rules.Fault, match="phone"):
        rules.phone(text)


@pytest.mark.parametrize("text", ["k.archer@example.org", "k+x@mail.example.co.uk"])
def test_an_email_address_is_kept_as_given(text: str) -> None:
    assert rules.email(text) == text


@pytest.mark.parametrize(
    "text", ["", "k.archer", "k@example", "k@@example.org", "a b@example.org", "k@-x.org", "é@example.org"]
)
def test_what_is_no_email_address_is_refused(text: str) -> None:
    with pytest.raises(rules.Fault, match="email"):
        rules.email(text)


def _fault(text: str) -> str | None:
    try:
        rules.nhs_number(text, test_numbers_allowed=True)
    except rules.Fault as fault:
        return fault.code
    return None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Archer", "archer"),
        ("O'BRIEN", "obrien"),
        ("O’Brien", "obrien"),
        ("Smith-Jones", "smithjones"),
        ("Smith Jones", "smithjones"),
        ("Smith‐Jones", "smithjones"),  # a true hyphen, U+2010
        ("St. John", "stjohn"),
        ("Müller", "muller"),
        ("Mu\u0308ller", "muller"),  # the accent written apart
        ("Groß", "gross"),
        ("GROSS", "gross"),
        ("Nuñez", "nunez"),
        ("ﬁsher", "fisher"),  # a ligature
        ("Łuczak", "łuczak"),  # the stroke is no accent
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("कुमार", "कुमार"),  # vowel signs are letters, not accents
    ],
)
def test_a_family_name_folds_to_what_its_spellings_share(text: str, folded: str) -> None:
    assert rules.folded_name(text) == folded


LATIN = st.text(st.characters(max_codepoint=0x24F), max_size=20)


@given(LATIN)
def test_folding_a_name_again_changes_nothing(text: str) -> None:
    assert rules.folded_name(rules.folded_name(text)) == rules.folded_name(text)


@given(LATIN, LATIN)
def test_case_and_what_stands_between_letters_never_make_another_name(first: str, second: str) -> None:
    name = rules.folded_name(first + second)
    assert rules.folded_name(f"{first.casefold()}-{second}") == name
    assert rules.folded_name(f" {first}’ {second}") == name
