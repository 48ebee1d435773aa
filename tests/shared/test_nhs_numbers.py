"""The check digit of an NHS number, against an independent implementation."""

import nhs_number as oracle
from hypothesis import given
from hypothesis import strategies as st

from shared.nhs_numbers import check_digit_fits, nhs_check_digit

NINE = st.integers(min_value=0, max_value=999_999_999).map(lambda number: f"{number:09d}")


@given(NINE)
def test_the_check_digit_agrees_with_an_independent_implementation(nine: str) -> None:
    theirs = oracle.calculate_checksum(nine)
    assert nhs_check_digit(nine) == (None if theirs == 10 else str(theirs))


@given(NINE, st.integers(0, 8), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(nine: str, place: int, shift: int) -> None:
    check = nhs_check_digit(nine)
    mistyped = nine[:place] + str((int(nine[place]) + shift) % 10) + nine[place + 1 :]
    assert check is None or nhs_check_digit(mistyped) != check


@given(NINE)
def test_of_ten_last_digits_one_fits_or_none(nine: str) -> None:
    fitting = [digit for digit in "0123456789" if check_digit_fits(nine + digit)]
    assert fitting == ([] if nhs_check_digit(nine) is None else [nhs_check_digit(nine)])
