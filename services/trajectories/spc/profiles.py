"""The named rule sets of SPC charts, as data that is returned with every result.

Three tools are in use around the Bay and they disagree in named ways, so a chart says which it follows:
`ptd` is NHSRplotthedots 0.2.2, `mdc-excel` NHS England's Making Data Count workbook, `uhmb` the tool of University
Hospitals of Morecambe Bay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, TypeAlias

Rule: TypeAlias = Literal["outside", "trend", "two-of-three", "shift", "fifteen-within"]
TwoOfThree: TypeAlias = Literal["between-limits", "inclusive"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings that turn a series into limits and flags.

    limit_factor: moving-range multiples from the mean to a limit; near limits stand at two thirds of it.
    screening_factor: moving ranges at or above this multiple of their mean are left out once; None keeps them all.
    run_length: points of a trend and of a shift.   precedence: which rule names a point that breaks several.
    two_of_three: `between-limits` counts points beyond a near limit and inside the limit, all three strictly on one side;
    `inclusive` counts every point at or beyond the near limit, and lets the mean belong to both sides.
    """

    name: str
    limit_factor: Fraction
    screening_factor: Fraction | None
    run_length: int
    two_of_three: TwoOfThree
    precedence: tuple[Rule, ...]

    def settings(self) -> dict[str, object]:
        """What a reader needs to draw the same chart again, in JSON's types."""
        return {
            "limit_factor": float(self.limit_factor),
            "screen_outliers": self.screening_factor is not None,
            "run_length": self.run_length,
            "two_of_three": self.two_of_three,
            "precedence": list(self.precedence),
        }


# The workbook and the R package multiply by the rounded constant 2.66; the trust's tool divides by d2 = 1.128.
_ROUNDED = Fraction(266, 100)
_DIVIDED = Fraction(3000, 1128)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                name="ptd",
                limit_factor=_ROUNDED,
                screening_factor=Fraction(3267, 1000),
                run_length=7,
                two_of_three="between-limits",
                precedence=("outside", "trend", "two-of-three", "shift"),
            ),
            Profile(
                name="mdc-excel",
                limit_factor=_ROUNDED,
                screening_factor=None,
                run_length=7,
                two_of_three="between-limits",
                precedence=("outside", "trend", "two-of-three", "shift"),
            ),
            Profile(
                name="uhmb",
                limit_factor=_DIVIDED,
                screening_factor=None,
                run_length=7,
                two_of_three="inclusive",
                # The tool's code, not its read-me: trend first, then shift or outside.
                precedence=("trend", "outside", "shift", "two-of-three", "fifteen-within"),
            ),
        )
    }
)
