"""The check digit of an NHS number, which also tells a number in free text from ten digits that mean something else."""

from operator import mul
from typing import Final

NHS_NUMBER_DIGITS: Final = 10
MODULUS: Final = 11

_WEIGHTS: Final = tuple(range(10, 1, -1))


def nhs_check_digit(nine: str) -> str | None:
    """The check digit of nine leading digits, "0".."9"; None when no valid number begins so.

    Weights 10..2 on the nine digits; 11 less the remainder by 11 is the check digit, 11 standing for 0 and 10 for no
    valid number. Source: NHS Data Dictionary, NHS NUMBER.
    """
    weighted = sum(map(mul, _WEIGHTS, map(int, nine)))
    check = (MODULUS - weighted % MODULUS) % MODULUS
    return None if check == MODULUS - 1 else str(check)


def check_digit_fits(ten: str) -> bool:
    """Whether the last of ten digits is the check digit of the others."""
    return nhs_check_digit(ten[:9]) == ten[9]
